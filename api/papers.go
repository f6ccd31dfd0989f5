package api

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/papers"
)

// paperKind is one kind of paper that a case may have.
type paperKind struct {
	kind string
	name string
	docx bool // may be edited
	// rounds lists those that have a paper each; nil when there is but one paper.
	rounds func(domain.State) []int
	// blocked says why there is none yet, empty when there is.
	blocked func(domain.State) string
	make    func(s *server, ctx context.Context, a *access, round int) (papers.Paper, error)
}

// paperKinds are all kinds, in the order in which a case comes to them.
var paperKinds = []paperKind{
	{kind: "filing_form", name: "备案表", docx: true, blocked: func(st domain.State) string {
		return unless(st.Revision > 0, "学校还没有提交两案，提交后即可生成。")
	}, make: (*server).filingForm},
	{kind: "filing_receipt", name: "备案回执", blocked: func(st domain.State) string {
		return unless(st.Filed > 0, "两案还没有备案，审核单位同意备案后即可生成。")
	}, make: (*server).filingReceipt},
	{kind: "evidence_list", name: "证明清单", rounds: handedInRounds, blocked: func(st domain.State) string {
		return unless(len(handedInRounds(st)) > 0, "学校还没有提交验收材料，提交后即可生成。")
	}, make: (*server).evidenceList},
	{kind: "rectification_notice", name: "整改通知书", docx: true, rounds: rectifiedRounds, blocked: func(st domain.State) string {
		return unless(st.Round > 0, "没有要求过整改；考核结果确认为整改后即可生成。")
	}, make: (*server).rectificationNotice},
	{kind: "result_notice", name: "考核结果通知", docx: true, blocked: func(st domain.State) string {
		return unless(confirmed(st), "考核结果还没有确认为通过或不通过，教育局确认后即可生成。")
	}, make: (*server).resultNotice},
	{kind: "hours_register", name: "学时登记表", blocked: hoursBlocked, make: (*server).hoursRegister},
}

func unless(ready bool, reason string) string {
	if ready {
		return ""
	}
	return reason
}

func handedInRounds(st domain.State) []int {
	var list []int
	for r := range st.Round + 1 {
		if handedIn(st, r) {
			list = append(list, r)
		}
	}
	return list
}

func rectifiedRounds(st domain.State) []int {
	var list []int
	for r := range st.Round {
		list = append(list, r+1)
	}
	return list
}

// hoursBlocked: hours are recognised by a job that runs while crediting begins.
func hoursBlocked(st domain.State) string {
	switch {
	case st.Result == domain.ResultPassed:
		return ""
	case st.Closed():
		return "本项目未通过考核，没有认定学时。"
	case st.Stage != domain.StageCrediting:
		return "学时还没有认定，考核结果确认为通过后由系统自动认定。"
	case st.Job == domain.JobCredit:
		return "系统正在认定学时，稍后即可生成。"
	}
	return ""
}

// label tells the papers of several rounds apart.
func (k paperKind) label(round int) string {
	switch {
	case k.rounds == nil:
		return k.name
	case round == 0:
		return k.name + "（首次提交）"
	case k.kind == "evidence_list":
		return fmt.Sprintf("%s（第%d轮整改后）", k.name, round)
	}
	return fmt.Sprintf("%s（第%d轮）", k.name, round)
}

func (k paperKind) formats() []gen.PaperFormat {
	if k.docx {
		return []gen.PaperFormat{"pdf", "docx"}
	}
	return []gen.PaperFormat{"pdf"}
}

// ListPapers says which papers there are, and why not yet of the others.
func (s *server) ListPapers(ctx context.Context, _ gen.ListPapersRequestObject) (gen.ListPapersResponseObject, error) {
	st := accessOf(ctx).state
	v := gen.ListPapers200JSONResponse{Items: []gen.Paper{}}
	for _, k := range paperKinds {
		p := gen.Paper{Kind: k.kind, Name: k.name, Reason: k.blocked(st), Formats: k.formats()}
		p.Ready = p.Reason == ""
		if !p.Ready || k.rounds == nil {
			v.Items = append(v.Items, p)
			continue
		}
		for _, r := range k.rounds(st) {
			p.Name, p.Round = k.label(r), &r
			v.Items = append(v.Items, p)
		}
	}
	return v, nil
}

// GetPaper makes one paper of what is on record now.
func (s *server) GetPaper(ctx context.Context, r gen.GetPaperRequestObject) (gen.GetPaperResponseObject, error) {
	a := accessOf(ctx)
	i := slices.IndexFunc(paperKinds, func(k paperKind) bool { return k.kind == r.Paper })
	if i < 0 {
		return nil, apperr.New(apperr.NotFound, "没有这种公文或表格。")
	}
	k := paperKinds[i]
	if reason := k.blocked(a.state); reason != "" {
		return nil, apperr.New(apperr.WrongStage, "“"+k.name+"”现在不能生成："+reason)
	}
	if !slices.Contains(k.formats(), r.Params.Format) {
		return nil, apperr.Field("format", "“"+k.name+"”只提供 PDF，以系统内的记录为准，不供编辑。")
	}
	round, err := k.round(a.state, r.Params.Round)
	if err != nil {
		return nil, err
	}
	p, err := k.make(s, ctx, a, round)
	if err != nil {
		return nil, err
	}
	name := s.attachment(strings.ReplaceAll(k.kind, "_", "-"), k.label(round)+"-"+a.c.SchoolName, r.Params.Format)
	headers := gen.GetPaper200ResponseHeaders{ContentDisposition: name}
	if r.Params.Format == "docx" {
		data, err := p.Docx()
		return gen.GetPaper200ApplicationvndOpenxmlformatsOfficedocumentWordprocessingmlDocumentResponse{
			Body: bytes.NewReader(data), ContentLength: int64(len(data)), Headers: headers,
		}, err
	}
	data, err := p.PDF()
	return gen.GetPaper200ApplicationpdfResponse{Body: bytes.NewReader(data), ContentLength: int64(len(data)), Headers: headers}, err
}

// round is the one asked for, the newest when none is.
func (k paperKind) round(st domain.State, asked *int) (int, error) {
	if k.rounds == nil {
		return 0, nil
	}
	rounds := k.rounds(st)
	if asked == nil {
		return rounds[len(rounds)-1], nil
	}
	if !slices.Contains(rounds, *asked) {
		return 0, apperr.Newf(apperr.NotFound, "没有第%d轮的“%s”。", *asked, k.name)
	}
	return *asked, nil
}
