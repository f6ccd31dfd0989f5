package evidence

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// Whatever the store or the line to it does is a trouble with a name.
func TestStoreErrorsHaveNames(t *testing.T) {
	t.Parallel()
	words := xml.Name{Local: "Error"}
	for _, c := range []struct {
		err  error
		code apperr.Code
	}{
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, apperr.Unavailable},
		{io.ErrUnexpectedEOF, apperr.Unavailable}, // the store ended in the middle of an answer
		{context.DeadlineExceeded, apperr.Unavailable},
		{minio.ErrorResponse{Code: "SlowDown", StatusCode: 503}, apperr.Unavailable},
		{minio.ErrorResponse{XMLName: words, Code: minio.RequestTimeTooSkewed, StatusCode: 403}, ClockOff},
		{minio.ErrorResponse{XMLName: words, Code: minio.NoSuchVersion, StatusCode: 404}, apperr.NotFound},
		{minio.ErrorResponse{Code: minio.NoSuchKey, StatusCode: 404}, apperr.Unavailable}, // by whose word?
		{minio.ErrorResponse{XMLName: words, Code: minio.AccessDenied, StatusCode: 403}, AccessDenied},
		{minio.ErrorResponse{XMLName: words, Code: "SignatureDoesNotMatch", StatusCode: 403}, AccessDenied},
		{minio.ErrorResponse{Code: minio.AccessDenied, StatusCode: 403}, apperr.Unavailable},
		{minio.ErrorResponse{Code: minio.InvalidArgument, StatusCode: 400}, apperr.Internal}, // the client's own
		{minio.ErrorResponse{Code: "XMinioStorageFull", StatusCode: 507}, apperr.DiskFull},
		{syscall.ENOSPC, apperr.DiskFull},
		{errors.New("what is this"), apperr.Internal},
	} {
		require.Equal(t, c.code, apperr.CodeOf(storeError(c.err, "read upload")), "%v", c.err)
	}
}
