package watch

import "golang.org/x/sys/unix"

// The kinds of file systems whose files may be changed by somebody other than
// this kernel, which then has nothing to notify of: statfs(2), f_type.
var elsewhere = map[uint32]string{
	unix.NFS_SUPER_MAGIC:   "network (NFS)",
	unix.CIFS_SUPER_MAGIC:  "network (CIFS)",
	unix.SMB_SUPER_MAGIC:   "network (SMB)",
	unix.SMB2_SUPER_MAGIC:  "network (SMB)",
	unix.AFS_SUPER_MAGIC:   "network (AFS)",
	unix.AFS_FS_MAGIC:      "network (AFS)",
	unix.CEPH_SUPER_MAGIC:  "network (Ceph)",
	unix.CODA_SUPER_MAGIC:  "network (Coda)",
	unix.NCP_SUPER_MAGIC:   "network (NCP)",
	unix.OCFS2_SUPER_MAGIC: "cluster (OCFS2)",
	unix.V9FS_MAGIC:        "9P",   // WSL 2: the Windows drives
	unix.FUSE_SUPER_MAGIC:  "FUSE", // sshfs, and the host's folders in virtual machines and containers
	0x786f4256:             "VirtualBox shared",
	0xbacbacbc:             "VMware shared",
	0x7c7c6673:             "Parallels shared",
}

// unnotified names the file system that dir is on if changes in it may go
// unnotified, and returns "" otherwise.
func unnotified(dir string) string {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return ""
	}
	return elsewhere[uint32(st.Type)]
}
