package evidence

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"zhengxiao/internal/apperr"
)

// sniffLen is how many leading bytes identify a type.
const sniffLen = 3072

// kind is one accepted file type: its media type, the types its leading bytes may show,
// and for zip-based documents the folder that holds the main part.
type kind struct {
	mediaType string
	magic     []string
	part      string
	inside    structure
}

const (
	ole    = "application/x-ole-storage"
	zipped = "application/zip"
	ooxml  = "application/vnd.openxmlformats-officedocument."
)

// The old binary office formats and those of WPS are all OLE2 containers; nothing cheap
// tells them apart, so any OLE2 container passes for each.
var kinds = map[string]kind{
	"pdf":  {mediaType: "application/pdf", magic: []string{"application/pdf"}, inside: pages},
	"doc":  {mediaType: "application/msword", magic: []string{ole}, inside: container},
	"xls":  {mediaType: "application/vnd.ms-excel", magic: []string{ole}, inside: container},
	"ppt":  {mediaType: "application/vnd.ms-powerpoint", magic: []string{ole}, inside: container},
	"wps":  {mediaType: "application/vnd.ms-works", magic: []string{ole}, inside: container},
	"docx": {mediaType: ooxml + "wordprocessingml.document", magic: []string{zipped}, inside: archive, part: "word/"},
	"xlsx": {mediaType: ooxml + "spreadsheetml.sheet", magic: []string{zipped}, inside: archive, part: "xl/"},
	"pptx": {mediaType: ooxml + "presentationml.presentation", magic: []string{zipped}, inside: archive, part: "ppt/"},
	"zip":  {mediaType: zipped, magic: []string{zipped}, inside: archive},
	"jpg":  {mediaType: "image/jpeg", magic: []string{"image/jpeg"}, inside: picture},
	"jpeg": {mediaType: "image/jpeg", magic: []string{"image/jpeg"}, inside: picture},
	"png":  {mediaType: "image/png", magic: []string{"image/png"}, inside: picture},
	"mp4":  {mediaType: "video/mp4", magic: []string{"video/mp4", "video/quicktime"}},
	"mov":  {mediaType: "video/quicktime", magic: []string{"video/quicktime", "video/mp4"}},
	"mp3":  {mediaType: "audio/mpeg", magic: []string{"audio/mpeg"}},
	"m4a":  {mediaType: "audio/mp4", magic: []string{"audio/x-m4a", "audio/mp4", "video/mp4"}},
	"wav":  {mediaType: "audio/wav", magic: []string{"audio/wav"}},
	"txt":  {mediaType: "text/plain", magic: []string{"text/plain"}},
}

// ContentType returns the media type of an extension (with or without the dot, any case),
// or a FileType error naming the types that can be stored. Which of them one upload may
// have, and how large, is policy of the caller.
func ContentType(ext string) (string, error) {
	k, err := kindOf(ext)
	return k.mediaType, err
}

func kindOf(ext string) (kind, error) {
	k, ok := kinds[normalExt(ext)]
	if !ok {
		return kind{}, apperr.Newf(FileType, "不支持“%s”类型的文件。可上传：%s。", ext, strings.Join(Extensions(), "、"))
	}
	return k, nil
}

// Extensions lists what the store accepts, sorted, without dots.
func Extensions() []string {
	out := make([]string, 0, len(kinds))
	for ext := range kinds {
		out = append(out, ext)
	}
	slices.Sort(out)
	return out
}

func normalExt(ext string) string { return strings.ToLower(strings.TrimPrefix(ext, ".")) }

// matches reports whether head could begin a file of this kind. A detected subtype (say
// docx) counts as each of its ancestors (zip).
func (k kind) matches(head []byte) bool {
	for m := mimetype.Detect(head); m != nil; m = m.Parent() {
		if slices.ContainsFunc(k.magic, m.Is) {
			return true
		}
	}
	return false
}

func wrongType(ext string) error {
	return apperr.New(FileType, fmt.Sprintf("文件内容不是“%s”格式，可能改过扩展名或文件已损坏。请用正确的格式另存后重新上传。", normalExt(ext)))
}

// structure is what there is to look into.
type structure int

const (
	plain structure = iota // nothing in it acts
	archive
	pages
	container
	picture
)

// look looks into a file of this kind for what is not safe to open.
func (k kind) look(f io.ReaderAt, want Want) error {
	switch k.inside {
	case archive:
		return checkZip(f, want, k)
	case pages:
		return checkPDF(f, want.Size)
	case container:
		return checkOLE(f, want.Size)
	case picture:
		return checkImage(f, want.Size, want.Ext)
	}
	return nil
}
