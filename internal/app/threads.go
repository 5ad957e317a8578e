package app

import (
	"os"
	"runtime"
)

// threadsPerCore is how many threads may compute at once on each core.
const threadsPerCore = 4

// SpareThreads lets more goroutines compute at a time than there are cores, and
// so leaves to the kernel which goes first. Go's own scheduler lets a goroutine
// that computes, such as the evaluation of a call, go on for 10 ms; the kernel
// lets a thread that has slept, such as one that sends a frame or reads a packet,
// go before it at once. GOMAXPROCS in the environment overrides it.
func SpareThreads() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threadsPerCore * runtime.GOMAXPROCS(0))
	}
}
