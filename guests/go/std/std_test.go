package std

import (
	"fmt"
	"runtime"
	"testing"
)

func TestScratch(t *testing.T) {
	fmt.Println(Prepare(runtime.GOROOT(), "/tmp/ov/cache"))
}
