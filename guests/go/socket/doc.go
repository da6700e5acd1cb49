package socket
type Errno int
type EAI int
