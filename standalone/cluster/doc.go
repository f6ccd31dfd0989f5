// Package cluster runs the product as production does, on this machine: MySQL, a Temporal
// server, an object store, several api and worker processes, each a process of its own
// that can be killed and started again, and between them links that can be cut. Everything
// listens on 127.0.0.1.
package cluster
