package evidence

// nesting counts how deep the elements of XML are in each other, roughly: it need not
// understand, only bound. What only looks like tags, in comments, character data,
// instructions and quotes, counts for nothing, and ends without a beginning do not go below
// the ground.
type nesting struct {
	depth, deepest int
	state          int
	quote          byte
	last           [8]byte // the bytes before, the latest at the end
}

// The states of nesting.
const (
	inText    = iota
	afterOpen // after <
	inStart   // in a start tag
	afterSlash
	inQuotes // in a start tag
	inEnd    // in an end tag
	afterMark
	inDeclaration
	inComment
	inData
	inInstruction
)

func (n *nesting) Write(p []byte) (int, error) {
	for _, c := range p {
		copy(n.last[:], n.last[1:])
		n.last[len(n.last)-1] = c
		n.state = n.next(c)
		n.depth = max(n.depth, 0)
		n.deepest = max(n.deepest, n.depth)
	}
	return len(p), nil
}

// ended reports whether the latest bytes are these.
func (n *nesting) ended(by string) bool { return string(n.last[len(n.last)-len(by):]) == by }

func (n *nesting) next(c byte) int {
	switch n.state {
	case inText:
		if c == '<' {
			return afterOpen
		}
		return inText
	case afterOpen:
		switch c {
		case '/':
			n.depth--
			return inEnd
		case '!':
			return afterMark
		case '?':
			return inInstruction
		}
		return inStart
	case inStart, afterSlash, inQuotes:
		return n.inTag(c)
	}
	return n.beside(c)
}

// inTag goes on in a start tag.
func (n *nesting) inTag(c byte) int {
	switch {
	case n.state == inQuotes && c == n.quote:
		return inStart
	case n.state == inQuotes:
		return inQuotes
	case c == '"' || c == '\'':
		n.quote = c
		return inQuotes
	case c == '>' && n.state == inStart:
		n.depth++
		return inText
	case c == '>':
		return inText
	case c == '/':
		return afterSlash
	}
	return inStart
}

// beside goes on in what holds no elements. A comment or character data is known by what
// follows <!, and is over where it ends and nowhere else.
func (n *nesting) beside(c byte) int {
	switch {
	case n.state == afterMark && n.ended("<!--"):
		n.last = [8]byte{} // <!--> is not its end
		return inComment
	case n.state == afterMark && n.ended("CDATA["):
		return inData
	case n.state == inComment && n.ended("-->"), n.state == inData && n.ended("]]>"), n.state == inInstruction && n.ended("?>"):
		return inText
	case (n.state == afterMark || n.state == inDeclaration || n.state == inEnd) && c == '>':
		return inText
	}
	return n.state
}
