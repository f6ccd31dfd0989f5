// Package activities is what workflows ask of the world. Every activity is idempotent:
// the engine may run it again after any crash.
package activities
