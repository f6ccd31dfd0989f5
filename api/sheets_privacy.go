package api

import "zhengxiao/api/gen"

// privacySheets are the lists about personal data.
var privacySheets = map[string]sheet{
	"listPersonalData": workbook(
		"个人信息清单",
		col("表", 16, func(v gen.PersonalDatum) any { return v.TableTitle }),
		col("表名", 20, func(v gen.PersonalDatum) any { return v.Table }),
		col("列名", 20, func(v gen.PersonalDatum) any { return v.Column }),
		col("类别", 18, func(v gen.PersonalDatum) any { return v.Class }),
		col("性质", 18, func(v gen.PersonalDatum) any { return v.CategoryName }),
		col("目的", 36, func(v gen.PersonalDatum) any { return v.Purpose }),
		col("依据", 50, func(v gen.PersonalDatum) any { return v.Basis }),
		col("可见范围", 40, func(v gen.PersonalDatum) any { return v.SeenBy }),
		col("掩码", 20, func(v gen.PersonalDatum) any { return v.Mask }),
		col("保存期限", 30, func(v gen.PersonalDatum) any { return v.Retention }),
		col("清理时", 12, func(v gen.PersonalDatum) any { return v.FateName }),
		col("保留理由", 50, func(v gen.PersonalDatum) any { return v.Why }),
	),
	"listReads":   readSheet,
	"listMyReads": readSheet,

	"listMyDataRequests": dataRequestSheet,
	"listDataRequests":   dataRequestSheet,
}

// readSheet is who saw personal data in clear.
var readSheet = workbook(
	"个人信息查看记录",
	col("时间", 18, func(v gen.PersonalRead) any { return v.At }),
	col("方式", 8, func(v gen.PersonalRead) any { return v.KindName }),
	col("查看人", 14, func(v gen.PersonalRead) any { return v.Viewer }),
	col("查看人单位", 28, func(v gen.PersonalRead) any { return v.ViewerOrg }),
	col("被查看的人", 14, func(v gen.PersonalRead) any { return v.Subject }),
	col("单位", 28, func(v gen.PersonalRead) any { return v.SubjectOrg }),
	col("数据项", 12, func(v gen.PersonalRead) any { return v.FieldName }),
	col("用途", 14, func(v gen.PersonalRead) any { return v.PurposeName }),
	col("事由", 40, func(v gen.PersonalRead) any { return v.Words }),
	col("已复核", 8, func(v gen.PersonalRead) any { return v.Reviewed }),
	col("复核人", 14, func(v gen.PersonalRead) any { return v.ReviewedBy }),
	col("复核结论", 40, func(v gen.PersonalRead) any { return v.ReviewNote }),
)

// dataRequestSheet is what people asked about their own data.
var dataRequestSheet = workbook(
	"个人信息申请",
	col("提出时间", 18, func(v gen.DataRequest) any { return v.AskedAt }),
	col("申请人", 14, func(v gen.DataRequest) any { return v.Person }),
	col("单位", 28, func(v gen.DataRequest) any { return v.Org }),
	col("种类", 8, func(v gen.DataRequest) any { return v.KindName }),
	col("要求", 40, func(v gen.DataRequest) any { return v.Words }),
	col("答复期限", 18, func(v gen.DataRequest) any { return v.DueAt }),
	col("状态", 10, func(v gen.DataRequest) any { return v.StatusName }),
	col("逾期", 8, func(v gen.DataRequest) any { return v.Overdue }),
	col("答复人", 14, func(v gen.DataRequest) any { return v.AnsweredBy }),
	col("答复", 40, func(v gen.DataRequest) any { return v.Answer }),
)
