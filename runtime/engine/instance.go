package engine

// Instance is a guest that runs, or has run.
type Instance struct {
	done chan struct{}
	exit Exit
}

// Done is closed when the instance has ended and everything of it is closed.
func (i *Instance) Done() <-chan struct{} { return i.done }

// Wait waits for the end and tells how it was.
func (i *Instance) Wait() Exit {
	<-i.done
	return i.exit
}
