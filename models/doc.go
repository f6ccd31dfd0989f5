// Package models is what the system remembers in SQL: the rows, the migrations that
// shape them, and the store that reads and writes them for MySQL and SQLite alike.
//
// Times are UTC with microseconds, hours and scores are tenths, ids are assigned by the
// application. A method that can fail for a reason the user can mend returns an
// *apperr.Error; any other error is internal.
package models
