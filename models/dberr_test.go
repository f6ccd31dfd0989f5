package models_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// liteError is an error as SQLite's driver returns it.
type liteError int

func (e liteError) Error() string { return fmt.Sprintf("sqlite: %d", int(e)) }
func (e liteError) Code() int     { return int(e) }

func TestErrorKinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err                  error
		duplicate, retryable bool
	}{
		"nothing":              {nil, false, false},
		"MySQL duplicate":      {&mysql.MySQLError{Number: 1062}, true, false},
		"SQLite primary key":   {liteError(1555), true, false},
		"SQLite unique":        {liteError(2067), true, false},
		"SQLite not null":      {liteError(1299), false, false},
		"MySQL deadlock":       {&mysql.MySQLError{Number: 1213}, false, true},
		"MySQL lock wait":      {&mysql.MySQLError{Number: 1205}, false, true},
		"SQLite busy":          {liteError(5), false, true},
		"SQLite busy snapshot": {liteError(517), false, true},
		"SQLite locked":        {liteError(6), false, true},
		"server shutting down": {&mysql.MySQLError{Number: 1053}, false, true},
		"connection lost":      {driver.ErrBadConn, false, true},
		"invalid connection":   {mysql.ErrInvalidConn, false, true},
		"connection refused":   {&net.OpError{Op: "dial", Err: errors.New("refused")}, false, true},
		"out of time":          {context.DeadlineExceeded, false, true},
		"syntax error":         {&mysql.MySQLError{Number: 1064}, false, false},
		"a refusal":            {apperr.New(apperr.Conflict, "x"), false, false},
	} {
		wrapped := test.err
		if wrapped != nil {
			wrapped = fmt.Errorf("save: %w", test.err)
		}
		require.Equal(t, test.duplicate, models.IsDuplicate(wrapped), name)
		require.Equal(t, test.retryable, models.IsRetryable(wrapped), name)
	}
}

// A transaction that lost against another, or its connection before committing, runs again;
// one that failed for a reason of its own does not.
func TestTransactionsRunAgain(t *testing.T) {
	t.Parallel()
	s := testkit.Store(t, testkit.NewClock())
	for name, test := range map[string]struct {
		err  error
		runs int
		code apperr.Code
	}{
		"deadlock twice":  {&mysql.MySQLError{Number: 1213}, 3, ""},
		"connection lost": {mysql.ErrInvalidConn, 3, ""},
		"lock wait twice": {&mysql.MySQLError{Number: 1205}, 2, apperr.Unavailable},
		"out of time":     {context.DeadlineExceeded, 1, apperr.Unavailable},
		"disk full":       {liteError(13), 1, apperr.DiskFull},
		"text too long":   {&mysql.MySQLError{Number: 1406}, 1, apperr.Invalid},
		"out of range":    {&mysql.MySQLError{Number: 1264}, 1, apperr.Invalid},
		"a refusal":       {apperr.New(apperr.Conflict, "x"), 1, apperr.Conflict},
		"a bug":           {errors.New("bug"), 1, apperr.Internal},
	} {
		runs := 0
		err := s.Tx(t.Context(), func(*gorm.DB) error {
			runs++
			if runs > 2 {
				return nil
			}
			return test.err
		})
		require.Equal(t, test.code, apperr.CodeOf(err), "%s: %v", name, err)
		require.Equal(t, test.runs, runs, name)
	}
}

// Nothing of a refused transaction stays.
func TestTransactionsRollBack(t *testing.T) {
	t.Parallel()
	s := testkit.Store(t, testkit.NewClock())
	err := s.Tx(t.Context(), func(tx *gorm.DB) error {
		require.NoError(t, tx.Create(&models.Org{ID: "a", Code: "a"}).Error)
		return apperr.New(apperr.Conflict, "x")
	})
	require.True(t, apperr.Is(err, apperr.Conflict))
	_, err = s.Org(t.Context(), "a")
	require.True(t, apperr.Is(err, apperr.NotFound))
}
