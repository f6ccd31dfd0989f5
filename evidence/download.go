package evidence

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/hygiene"
)

// Download names what a presigned address serves. Type is the media type that the file
// was checked to be.
type Download struct {
	Key, VersionID string
	Name           string // what the browser saves it as
	Type           string
	Inline         bool // to be shown in the page instead of saved
	Expires        time.Duration
}

// previewed are the types that a browser, or a viewer within the page, shows without
// running anything of theirs.
var previewed = []string{
	"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm", "audio/mpeg",
	ooxml + "wordprocessingml.document", ooxml + "spreadsheetml.sheet", "text/plain",
}

// DownloadURL returns a presigned GET of one version on the public URL. The store answers
// with the type and the name given here (RFC 6266, non-ASCII names as in RFC 5987), and
// they are part of the signature. A type that must not be shown in the page is refused
// with FilePreview when Inline is asked for.
func (s *Store) DownloadURL(ctx context.Context, d Download) (string, error) {
	if d.VersionID == "" {
		return "", errors.New("sign download: no version id")
	}
	kind, err := d.disposition()
	if err != nil {
		return "", err
	}
	q := url.Values{
		"versionId":                    {d.VersionID},
		"response-content-disposition": {d.header(kind)},
	}
	if d.Type != "" {
		q.Set("response-content-type", charset(d.Type))
	}
	u, err := s.public.Presign(ctx, http.MethodGet, s.bucket, d.Key, d.Expires, q)
	if err != nil {
		return "", storeError(err, "sign download")
	}
	return u.String(), nil
}

func (d Download) disposition() (string, error) {
	switch {
	case !d.Inline:
		return "attachment", nil
	case !slices.Contains(previewed, d.Type):
		return "", apperr.New(FilePreview, "这类文件不能在页面中预览，请下载后查看。").On("disposition")
	}
	return "inline", nil
}

// header is the Content-Disposition: RFC 6266, non-ASCII names as in RFC 5987.
func (d Download) header(kind string) string {
	return mime.FormatMediaType(kind, map[string]string{"filename": fileName(d.Name)})
}

// charset says how text is encoded; browsers would guess.
func charset(mediaType string) string {
	if mediaType == "text/plain" {
		return mediaType + "; charset=utf-8"
	}
	return mediaType
}

// fileName is a name that stays in its folder and looks like what it is, whatever a file
// was called when it came.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if _, bad := hygiene.Text(string(r)); bad || unicode.IsControl(r) || strings.ContainsRune(`/\`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
}
