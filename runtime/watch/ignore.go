package watch

import (
	"path"
	"regexp"
)

// What editors and tools leave in a folder for themselves, as patterns of
// path.Match. Nobody's program is called so.
var ignored = []string{
	".*",              // vim .x.swp, emacs .#x, gedit .goutputstream-*, kate .x.kate-swp, .git, …
	"*~",              // backups: emacs, vim, nano, gedit
	"#*#",             // emacs, auto-save
	"*.sw[a-px]",      // vim, swap files without the dot
	"*.tmp",           // Sublime Text and others, atomic save
	"*.bak",           // backups
	"*.orig", "*.rej", // patch(1), merges
	"*___jb_tmp___",       // JetBrains, safe write
	"*___jb_old___",       // JetBrains, safe write
	"*.crswap",            // Chrome, file system access
	"*.part", "*.partial", // downloads
	"__pycache__",  // Python
	"*.py[co]",     // Python
	"node_modules", // npm
}

var (
	// vim writes 4913 to learn whether it may create files here, and adds 123
	// as long as there is one.
	vimProbe = regexp.MustCompile(`^[0-9]{4,}$`)
	// sed -i writes into sed and six random letters, then renames.
	sedTemp = regexp.MustCompile(`^sed[A-Za-z0-9]{6}$`)
)

// Ignored tells whether a file or folder of this name, without its path, is
// one that editors and tools make for themselves. A watched folder's changes
// leave it out; a file named in Options.Paths counts whatever its name.
func Ignored(name string) bool {
	for _, p := range ignored {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return vimProbe.MatchString(name) || sedTemp.MatchString(name)
}
