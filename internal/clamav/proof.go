package clamav

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"zhengxiao/internal/apperr"
)

// depth is how many archives are within one another: far deeper than clamd's MaxRecursion
// (17 unless set), and far less than what brings a clamd down whose MaxRecursion is
// greater (seen at 1000).
const depth = 256

// tooDeep is an archive that no sensible clamd looks through to its end.
var tooDeep = sync.OnceValues(func() ([]byte, error) {
	body := []byte("nothing is wrong with this text, but nobody may know")
	for range depth {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.CreateHeader(&zip.FileHeader{Name: "a.zip", Method: zip.Store})
		if err == nil {
			_, err = w.Write(body)
		}
		if err := errors.Join(err, z.Close()); err != nil {
			return nil, fmt.Errorf("make nested archive: %w", err)
		}
		body = b.Bytes()
	}
	return body, nil
})

// prove has clamd look at what it cannot look through. With AlertExceedsMax off, or with
// archives left alone, it answers OK, as it then would of any file that is too large, too
// deep or too slow to be looked at.
func (c *Client) prove(ctx context.Context) error {
	body, err := tooDeep()
	if err != nil {
		return err
	}
	s, err := c.begin(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Write(body)
	if err == nil {
		err = s.Verdict(func() error { return nil })
	}
	switch apperr.CodeOf(err) {
	case Limit:
		return nil
	case "", Infected:
		return apperr.Wrap(err, Unproven, fmt.Sprintf(
			"病毒检查服务 %s 会把没有查完的文件当作干净文件：嵌套 %d 层的压缩包没有报告超限。"+
				"请在 clamd.conf 中设置 AlertExceedsMax yes、ScanArchive yes，MaxRecursion 小于 %d，重启 clamd 后再启动本系统。",
			c.address, depth, depth))
	}
	return err
}

// signaturesOld is after how long signatures are worth a warning: they come daily.
const signaturesOld = 7 * 24 * time.Hour

func warnOfAge(ctx context.Context, log *slog.Logger, version string, now time.Time) {
	switch made, ok := signatures(version); {
	case !ok:
		log.WarnContext(ctx, "virus scanner does not tell how old its signatures are", "version", version)
	case now.Sub(made) > signaturesOld:
		log.WarnContext(ctx, "virus signatures are old; does freshclam run?", "version", version, "made", made)
	}
}

// signatures reads when the signatures were made from the answer to VERSION, as in
// "ClamAV 1.4.6/27500/Fri Nov 21 08:00:00 2025": program, number, local time of clamd.
func signatures(version string) (time.Time, bool) {
	parts := strings.Split(version, "/")
	made, err := time.Parse(time.ANSIC, parts[len(parts)-1])
	return made, err == nil
}
