package socket

// Command runs a command line in a shell and returns what it printed, on
// standard output and standard error, and its exit status: 0 if all went
// well, 127 if there is no such command, 128 and a signal's number if one
// ended it. Its standard input is empty; it works in the program's folder,
// with the program's environment. The error is of running it, not of the
// command: EAGAIN says that too many run already.
//
// In the sandbox the shell is itself a guest. It has the commands that a
// lesson needs and no others, and sees the program's files and nothing else.
// Natively it is the machine's, so be careful whose command lines it gets.
// popen(3)
func Command(line string) (output []byte, status int, err error) { return command(line) }
