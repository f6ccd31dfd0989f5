package evidence

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/jpeg" // reads headers
	_ "image/png"  // reads headers
	"io"

	"zhengxiao/internal/apperr"
)

// Bounds of a picture: what a browser needs four bytes a pixel for.
const (
	maxPixels = 100_000_000
	maxFrames = 200
	maxHeader = 4 << 20
)

// checkImage reads a picture's header and decodes nothing.
func checkImage(f io.ReaderAt, size int64, ext string) error {
	head, err := io.ReadAll(io.NewSectionReader(f, 0, min(size, maxHeader)))
	if err != nil {
		return storeError(err, "read temporary file")
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(head))
	if err != nil || (format == "png") != (normalExt(ext) == "png") {
		return wrongType(ext)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return wrongType(ext)
	}
	if int64(c.Width)*int64(c.Height) > maxPixels {
		return apperr.Newf(FileUnsafe, "图片有 %d×%d 像素，超过 %d 万像素的上限，已拒绝。请缩小图片后重新上传。", c.Width, c.Height, maxPixels/10_000)
	}
	if n := frames(head); n > maxFrames {
		return apperr.Newf(FileUnsafe, "动画图片有 %d 帧，超过 %d 帧的上限，已拒绝。请改用普通图片或视频。", n, maxFrames)
	}
	return nil
}

// frames is how many pictures an animated PNG says it has.
func frames(head []byte) uint32 {
	_, rest, ok := bytes.Cut(head, []byte("acTL"))
	if !ok || len(rest) < 4 {
		return 1
	}
	return binary.BigEndian.Uint32(rest)
}
