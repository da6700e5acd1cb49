package sock

import "slices"

// Service is an entry of the service database.
type Service struct {
	Name    string
	Port    int
	Protos  []string // "tcp", "udp", or both
	Aliases []string
}

// Services is the built-in service database: the well-known services that
// programs name. Source: the IANA registry of service names and ports.
func Services() []Service {
	tcp, udp, both := []string{"tcp"}, []string{"udp"}, []string{"tcp", "udp"}
	return []Service{
		{Name: "tcpmux", Port: 1, Protos: tcp},
		{Name: "echo", Port: 7, Protos: both},
		{Name: "discard", Port: 9, Protos: both, Aliases: []string{"sink", "null"}},
		{Name: "systat", Port: 11, Protos: tcp, Aliases: []string{"users"}},
		{Name: "daytime", Port: 13, Protos: both},
		{Name: "netstat", Port: 15, Protos: tcp},
		{Name: "qotd", Port: 17, Protos: tcp, Aliases: []string{"quote"}},
		{Name: "chargen", Port: 19, Protos: both, Aliases: []string{"ttytst", "source"}},
		{Name: "ftp-data", Port: 20, Protos: tcp},
		{Name: "ftp", Port: 21, Protos: tcp},
		{Name: "ssh", Port: 22, Protos: tcp},
		{Name: "telnet", Port: 23, Protos: tcp},
		{Name: "smtp", Port: 25, Protos: tcp, Aliases: []string{"mail"}},
		{Name: "time", Port: 37, Protos: both, Aliases: []string{"timserver"}},
		{Name: "whois", Port: 43, Protos: tcp, Aliases: []string{"nicname"}},
		{Name: "tacacs", Port: 49, Protos: both},
		{Name: "domain", Port: 53, Protos: both},
		{Name: "bootps", Port: 67, Protos: udp},
		{Name: "bootpc", Port: 68, Protos: udp},
		{Name: "tftp", Port: 69, Protos: udp},
		{Name: "gopher", Port: 70, Protos: tcp},
		{Name: "finger", Port: 79, Protos: tcp},
		{Name: "http", Port: 80, Protos: tcp, Aliases: []string{"www"}},
		{Name: "kerberos", Port: 88, Protos: both, Aliases: []string{"kerberos5", "krb5"}},
		{Name: "pop3", Port: 110, Protos: tcp, Aliases: []string{"pop-3"}},
		{Name: "sunrpc", Port: 111, Protos: both, Aliases: []string{"portmapper"}},
		{Name: "auth", Port: 113, Protos: tcp, Aliases: []string{"authentication", "tap", "ident"}},
		{Name: "nntp", Port: 119, Protos: tcp, Aliases: []string{"readnews", "untp"}},
		{Name: "ntp", Port: 123, Protos: udp},
		{Name: "epmap", Port: 135, Protos: both, Aliases: []string{"loc-srv"}},
		{Name: "netbios-ns", Port: 137, Protos: udp},
		{Name: "netbios-dgm", Port: 138, Protos: udp},
		{Name: "netbios-ssn", Port: 139, Protos: tcp},
		{Name: "imap2", Port: 143, Protos: tcp, Aliases: []string{"imap"}},
		{Name: "snmp", Port: 161, Protos: both},
		{Name: "snmp-trap", Port: 162, Protos: both, Aliases: []string{"snmptrap"}},
		{Name: "bgp", Port: 179, Protos: tcp},
		{Name: "irc", Port: 194, Protos: both},
		{Name: "ldap", Port: 389, Protos: both},
		{Name: "https", Port: 443, Protos: both},
		{Name: "microsoft-ds", Port: 445, Protos: both},
		{Name: "submissions", Port: 465, Protos: tcp, Aliases: []string{"ssmtp", "smtps", "urd"}},
		{Name: "isakmp", Port: 500, Protos: udp},
		{Name: "syslog", Port: 514, Protos: udp},
		{Name: "printer", Port: 515, Protos: tcp, Aliases: []string{"spooler"}},
		{Name: "submission", Port: 587, Protos: tcp},
		{Name: "ipp", Port: 631, Protos: tcp},
		{Name: "ldaps", Port: 636, Protos: both},
		{Name: "domain-s", Port: 853, Protos: both},
		{Name: "rsync", Port: 873, Protos: tcp},
		{Name: "ftps-data", Port: 989, Protos: tcp},
		{Name: "ftps", Port: 990, Protos: tcp},
		{Name: "telnets", Port: 992, Protos: tcp},
		{Name: "imaps", Port: 993, Protos: tcp},
		{Name: "pop3s", Port: 995, Protos: tcp},
		{Name: "socks", Port: 1080, Protos: tcp},
		{Name: "mysql", Port: 3306, Protos: tcp},
		{Name: "postgresql", Port: 5432, Protos: tcp, Aliases: []string{"postgres"}},
		{Name: "mdns", Port: 5353, Protos: udp},
		{Name: "x11", Port: 6000, Protos: tcp, Aliases: []string{"x11-0"}},
		{Name: "http-alt", Port: 8080, Protos: both, Aliases: []string{"webcache", "http-proxy"}},
	}
}

// ServiceByName finds a service's port, as getservbyname(3). An empty proto
// is any.
func (n *Names) ServiceByName(name, proto string) (port int, ok bool) {
	for _, s := range n.Services {
		if (s.Name == name || slices.Contains(s.Aliases, name)) && s.has(proto) {
			return s.Port, true
		}
	}
	return 0, false
}

// ServiceByPort finds a port's service, as getservbyport(3). An empty proto
// is any.
func (n *Names) ServiceByPort(port int, proto string) (name string, ok bool) {
	for _, s := range n.Services {
		if s.Port == port && s.has(proto) {
			return s.Name, true
		}
	}
	return "", false
}

func (s *Service) has(proto string) bool {
	return proto == "" || slices.Contains(s.Protos, proto)
}
