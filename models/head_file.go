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
	Name    string // of its file: see DailyHead.FileName
	Version string // of the file
	Open    func(ctx context.Context) (io.ReadCloser, error)
}

// What is kept among the heads and is none.
var (
	errHead      = errors.New("内容不是每日摘要")
	errHeadName  = errors.New("内容是另一份每日摘要的，放在了这个名称之下")
	errHeadLines = errors.New("各项目的行与摘要不符")
)

// IsForgedHead reports whether what was read was never a daily head under its name, as
// opposed to a store that does not answer.
func IsForgedHead(err error) bool {
	return errors.Is(err, errHead) || errors.Is(err, errHeadName) || errors.Is(err, errHeadLines)
}

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
		if err := h.buf.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			return h, fmt.Errorf("read daily head: %w", err)
		}
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

// Whole reads the head to its end and keeps no line of it. It is whole if its lines are those
// of its root and its name is its own: whoever may add files can neither change lines below
// a signature nor pass an older head for a newer one.
func (k KeptHead) Whole(ctx context.Context) (DailyHead, error) {
	lines, err := k.read(ctx)
	if err != nil {
		return DailyHead{}, err
	}
	defer lines.close()
	var all tree
	for lines.next() {
		all.add(lines.at.String())
	}
	switch h := lines.DailyHead; {
	case lines.err != nil:
		return h, lines.err
	case all.root() != h.Root || all.size != h.Cases:
		return h, errHeadLines
	case k.Name != h.FileName():
		return h, errHeadName
	default:
		return h, nil
	}
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
		if h.err = h.buf.Err(); errors.Is(h.err, bufio.ErrTooLong) {
			h.err = errors.Join(errHead, h.err)
		}
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
