// Package arch holds no code, only the tests of the project's shape: which
// package may import which, what must never be linked into the prober, and
// that every module that is linked or required is accounted for in the
// documentation. The arrows are drawn in the README; here they are enforced.
package arch
