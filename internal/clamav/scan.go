package clamav

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"zhengxiao/internal/apperr"
)

// Scan is the check of one file, whose bytes are written to it in order.
type Scan struct {
	conn    net.Conn
	ctx     context.Context //nolint:containedctx // io.Writer takes none
	release func() bool
	heard   answer

	observe func(outcome string, took time.Duration) // until the outcome is known
	begun   time.Time
}

// Close gives the check up, or ends it.
func (s *Scan) Close() {
	s.release()
	_ = s.conn.Close()
}

// Write sends a piece of the file. It fails like Verdict.
func (s *Scan) Write(p []byte) (int, error) {
	if len(p) == 0 { // an empty piece would end the file
		return 0, nil
	}
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(p)))
	_ = s.conn.SetDeadline(time.Now().Add(writeIn))
	piece := net.Buffers{size[:], p}
	if _, err := piece.WriteTo(s.conn); err != nil {
		return 0, s.conclude(s.refused(err))
	}
	return len(p), nil
}

// refused says why clamd takes no more: it gives its reason before it hangs up.
func (s *Scan) refused(err error) error {
	if s.ctx.Err() == nil && s.heard.read(s.conn) == nil {
		return judge(s.heard.String())
	}
	return failed(s.ctx, fmt.Errorf("send to clamd: %w", err))
}

// Verdict ends the file and waits for what clamd says of it; nil is clean. While it waits,
// tell is called every few seconds; an error of tell ends the waiting.
func (s *Scan) Verdict(tell func() error) error {
	_ = s.conn.SetDeadline(time.Now().Add(writeIn))
	if _, err := s.conn.Write(make([]byte, 4)); err != nil {
		return s.conclude(s.refused(err))
	}
	for end := time.Now().Add(answerIn); ; {
		_ = s.conn.SetDeadline(time.Now().Add(tellIn))
		err := s.heard.read(s.conn)
		switch {
		case err == nil:
			return s.conclude(judge(s.heard.String()))
		case !errors.Is(err, os.ErrDeadlineExceeded) || !time.Now().Before(end):
			return s.conclude(failed(s.ctx, fmt.Errorf("wait for clamd: %w", err)))
		}
		if err := tell(); err != nil {
			return err
		}
	}
}

// answer is what clamd has said so far.
type answer struct{ bytes.Buffer }

var errAnswer = errors.New("the answer of clamd broke off")

// read goes on until the answer is whole: it ends in a zero byte.
func (a *answer) read(r io.Reader) error {
	buf := make([]byte, maxAnswer)
	for {
		n, err := r.Read(buf)
		_, _ = a.Write(buf[:n])
		switch end := bytes.IndexByte(a.Bytes(), 0); {
		case end >= 0:
			a.Truncate(end)
			return nil
		case errors.Is(err, io.EOF), a.Len() > maxAnswer:
			return errAnswer
		case err != nil:
			return err
		}
	}
}

// exceeded begins the names of what AlertExceedsMax reports.
const exceeded = "Heuristics.Limits.Exceeded"

// judge reads the answer to INSTREAM. Whatever is not understood is not clean.
func judge(answer string) error {
	if answer == "stream: OK" {
		return nil
	}
	if found, ok := strings.CutSuffix(answer, " FOUND"); ok {
		name := strings.TrimPrefix(found, "stream: ")
		if !strings.HasPrefix(name, exceeded) {
			return apperr.Newf(Infected, "文件中发现病毒（%s），已拒绝。请先在电脑上查杀病毒，再上传干净的文件。", name)
		}
		return overLimit(answer)
	}
	if strings.Contains(answer, "size limit exceeded") {
		return overLimit(answer)
	}
	return unavailable(fmt.Errorf("clamd answered %q", answer))
}

func overLimit(answer string) error {
	return apperr.Wrap(fmt.Errorf("clamd answered %q", answer), Limit,
		"文件过大或压缩层次过深，超出病毒检查服务的上限，不能完整检查，暂时无法使用。请精简文件后重新上传，或联系系统管理员调整上限。")
}
