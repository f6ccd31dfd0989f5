package models

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// KeptHead is a daily head where it is kept. It is read whenever it is needed and line by
// line: all of them together are larger than any memory.
type KeptHead struct {
	Name string // of one that cannot be read
	Open func(ctx context.Context) (io.ReadCloser, error)
}

var errHead = errors.New("not a daily head")

// headLines reads a daily head line by line.
type headLines struct {
	DailyHead

	in  io.Closer
	buf *bufio.Scanner
	at  ChainLine // the line that next has read
	err error
}

// openHead reads what leads the lines of a head.
func openHead(r io.Reader) (*headLines, error) {
	h := &headLines{buf: bufio.NewScanner(r)}
	if !h.buf.Scan() {
		return h, errors.Join(errHead, h.buf.Err())
	}
	if err := json.Unmarshal(h.buf.Bytes(), &h.DailyHead); err != nil {
		return h, fmt.Errorf("%w: %w", errHead, err)
	}
	return h, nil
}

// read opens the head; whoever has read it closes it.
func (k KeptHead) read(ctx context.Context) (*headLines, error) {
	in, err := k.Open(ctx)
	if err != nil {
		return nil, err
	}
	h, err := openHead(in)
	if h.in = in; err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *headLines) close() {
	_ = h.in.Close() // only read
}

// next reads the next line; at the end, and at what is no line, there is none.
func (h *headLines) next() bool {
	if h.err != nil {
		return false
	}
	if !h.buf.Scan() {
		h.err = fail(h.buf.Err(), "read daily head")
		return false
	}
	parts := strings.Fields(h.buf.Text())
	if len(parts) != 3 { //nolint:mnd // see ChainLine.String
		h.err = errHead
		return false
	}
	var err error
	h.at = ChainLine{CaseID: parts[0], Hash: parts[2]}
	if h.at.Seq, err = strconv.Atoi(parts[1]); err != nil || h.at.String() != h.buf.Text() {
		h.err = errors.Join(errHead, err)
		return false
	}
	return true
}
