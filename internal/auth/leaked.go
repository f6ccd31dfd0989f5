package auth

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // The published lists are of SHA-1; nothing is protected by it here.
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// Leaked are passwords that became known: a list of them, one a line, which is held in
// memory, or one of their SHA-1 in ascending order as Have I Been Pwned publishes it, each
// with a colon and a count, which is searched where it lies. Nil has none.
type Leaked struct {
	words  map[string]struct{}
	hashes *os.File
	size   int64
}

// hashLine begins a list of hashes.
var hashLine = regexp.MustCompile(`^[0-9A-F]{40}:[0-9]+\r?\n`)

// lineMost is longer than any line of a list of hashes.
const lineMost = 64

// OpenLeaked opens a list of either kind.
func OpenLeaked(path string) (*Leaked, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, lineMost)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, f.Close())
	}
	if hashLine.Match(head[:n]) {
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return &Leaked{hashes: f, size: info.Size()}, nil
	}
	words, err := readWords(f)
	return &Leaked{words: words}, errors.Join(err, f.Close())
}

func readWords(r io.Reader) (map[string]struct{}, error) {
	words := map[string]struct{}{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			words[strings.ToLower(line)] = struct{}{}
		}
	}
	return words, lines.Err()
}

// Has reports whether a password became known: as it is in a list of hashes, in any case of
// its letters in a list of words.
func (l *Leaked) Has(password string) (bool, error) {
	switch {
	case l == nil:
		return false, nil
	case l.hashes == nil:
		_, ok := l.words[strings.ToLower(password)]
		return ok, nil
	}
	sum := sha1.Sum([]byte(password)) //nolint:gosec // See above.
	return l.search([]byte(strings.ToUpper(hex.EncodeToString(sum[:]))))
}

// search halves the stretch in which the line of a hash must begin.
func (l *Leaked) search(hash []byte) (bool, error) {
	from, to := int64(0), l.size
	for from < to {
		middle := from + (to-from)/2
		line, begin, next, err := l.lineFrom(middle)
		if err != nil {
			return false, err
		}
		switch c := bytes.Compare(line, hash); {
		case line == nil || begin >= to || c > 0:
			to = middle
		case c == 0:
			return true, nil
		default:
			from = next
		}
	}
	return false, nil
}

// lineFrom returns the hash of the first line that begins at or after an offset, where it
// begins, and where the next does; no hash at the end.
func (l *Leaked) lineFrom(at int64) (hash []byte, begin, next int64, err error) {
	const back = 1 // a line begins after the end of another
	buf := make([]byte, 2*lineMost+back)
	start := max(0, at-back)
	n, err := l.hashes.ReadAt(buf, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, 0, fmt.Errorf("read list of leaked passwords: %w", err)
	}
	buf = buf[:n]
	begin = start
	if at > 0 {
		end := bytes.IndexByte(buf, '\n')
		if end < 0 {
			return nil, l.size, l.size, nil
		}
		buf, begin = buf[end+1:], start+int64(end)+1
	}
	hash, _, found := bytes.Cut(buf, []byte(":"))
	if !found {
		return nil, l.size, l.size, nil
	}
	next = l.size
	if end := bytes.IndexByte(buf, '\n'); end >= 0 {
		next = begin + int64(end) + 1
	}
	return hash, begin, next, nil
}
