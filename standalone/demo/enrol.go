package demo

import (
	"context"
	"fmt"

	"zhengxiao/api/gen"
	"zhengxiao/models"
	"zhengxiao/standalone/drive"
)

// intakes are the schools of some roles with the teachers they have.
func (p *play) intakes(which func(role) bool) []drive.Intake {
	var list []drive.Intake
	for i, r := range p.roles {
		if which(r) {
			list = append(list, drive.Intake{School: p.runs[i].School, Teachers: p.schools[i].teachers})
		}
	}
	return list
}

// enrol has the city's office bring in the teachers and the groups of a whole cohort.
func (p *play) enrol(ctx context.Context, cohort *drive.Cohort, which func(role) bool) error {
	if err := drive.ImportTeachers(ctx, p.city.Office, "第一批次教师名册.xlsx", cohort.ID, p.intakes(which)); err != nil {
		return err
	}
	return drive.ImportGroups(ctx, p.city.Office, "第一批次教研组.xlsx", cohort.ID, cohort.Schools)
}

// admit has the reviewing offices bring in the teachers of the schools that wait for the
// next cohort. Two rows of each sheet are wrong, so that there is a sheet of errors to be
// seen: it is kept for days only, so this comes last.
func (p *play) admit(ctx context.Context) error {
	for _, in := range p.intakes(role.Unopened) {
		s := in.School
		err := drive.ImportTeachers(ctx, s.Unit.Office, s.Name+"教师账号.xlsx", "", []drive.Intake{in},
			drive.Line{"学校代码": s.Code, "账号": "t901-" + s.Code, "学科": "劳动", "专任教师": "是"},
			drive.Line{"学校代码": s.Code, "账号": "t902-" + s.Code, "姓名": "教师902", "身份证号": "4401061990", "专任教师": "兼任"})
		if err != nil {
			return err
		}
	}
	return nil
}

// tell prints what a sheet came to.
func (p *play) tell(v gen.Import) {
	line := fmt.Sprintf("试运行 %s：共 %d 行，将新建 %d、更新 %d、不变 %d，有错误 %d", v.FileName, v.Total, v.Created, v.Changed, v.Same, v.Bad)
	if v.Status == models.ImportDone {
		line = fmt.Sprintf("已导入 %s：新建 %d、更新 %d、不变 %d，未导入 %d", v.FileName, v.Created, v.Changed, v.Same, v.Bad)
	}
	if p.bars != nil {
		p.bars.say(line)
		return
	}
	fmt.Fprintln(p.o.Stdout, line)
}
