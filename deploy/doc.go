// Package deploy holds the files that the product is deployed and watched with. Its tests
// read them with the libraries of the programs that will.
package deploy
