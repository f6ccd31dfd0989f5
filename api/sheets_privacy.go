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
}
