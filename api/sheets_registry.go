package api

import (
	"strings"

	"zhengxiao/api/gen"
)

// registrySheets are the lists of registering hours.
var registrySheets = map[string]sheet{
	"listRegistryCandidates": workbook(
		"待报送学时",
		col("姓名", 14, func(v gen.RegistryCandidate) any { return v.Name }),
		col("身份证件号", 22, func(v gen.RegistryCandidate) any { return v.IdNumber }),
		col("年度", 8, func(v gen.RegistryCandidate) any { return v.Year }),
		col("学时", 8, func(v gen.RegistryCandidate) any { return tenthsOf(v.Hours) }),
		col("问题", 30, func(v gen.RegistryCandidate) any {
			return strings.Join(convert(v.Problems, func(p gen.RegistryProblem) string { return p.Title }), "；")
		}),
		col("怎样改", 60, func(v gen.RegistryCandidate) any {
			return strings.Join(convert(v.Problems, func(p gen.RegistryProblem) string { return p.How }), "；")
		}),
	),
	"listRegistryBalances": workbook(
		"学时登记对账",
		col("学校", 28, func(v gen.RegistryBalance) any { return v.School }),
		col("批次", 20, func(v gen.RegistryBalance) any { return v.Cohort }),
		col("环节", 16, func(v gen.RegistryBalance) any { return v.StageName }),
		col("台账条数", 10, func(v gen.RegistryBalance) any { return v.Due.Rows }),
		col("台账学时", 10, func(v gen.RegistryBalance) any { return tenthsOf(v.Due.Hours) }),
		col("已登记条数", 12, func(v gen.RegistryBalance) any { return v.Booked.Rows }),
		col("已登记学时", 12, func(v gen.RegistryBalance) any { return tenthsOf(v.Booked.Hours) }),
		col("待回执", 8, func(v gen.RegistryBalance) any { return v.Sent.Rows }),
		col("被退回", 8, func(v gen.RegistryBalance) any { return v.Refused.Rows }),
		col("回执矛盾", 10, func(v gen.RegistryBalance) any { return v.Disputed.Rows }),
		col("待报送", 8, func(v gen.RegistryBalance) any { return v.Waiting }),
		col("待复核冲正", 12, func(v gen.RegistryBalance) any { return v.Reversals }),
		col("一致", 8, func(v gen.RegistryBalance) any { return v.Balanced }),
	),
	"listRegistryBatches": workbook(
		"学时报送批次",
		col("编批时间", 18, func(v gen.RegistryBatch) any { return v.CreatedAt }),
		col("单位", 24, func(v gen.RegistryBatch) any { return v.Office }),
		col("状态", 16, func(v gen.RegistryBatch) any { return v.StateName }),
		col("条数", 8, func(v gen.RegistryBatch) any { return v.Records }),
		col("说明", 40, func(v gen.RegistryBatch) any { return v.Trouble }),
		col("编批人", 14, func(v gen.RegistryBatch) any { return v.CreatedBy }),
		col("报送时间", 18, func(v gen.RegistryBatch) any { return v.SentAt }),
		col("办结时间", 18, func(v gen.RegistryBatch) any { return v.ConcludedAt }),
	),
	"listRegistryRecords": workbook(
		"学时登记记录",
		col("记录号", 26, func(v gen.RegistryRecord) any { return v.No }),
		col("学校", 28, func(v gen.RegistryRecord) any { return v.School }),
		col("姓名", 14, func(v gen.RegistryRecord) any { return v.Name }),
		col("身份证件号", 22, func(v gen.RegistryRecord) any { return v.IdNumber }),
		col("年度", 8, func(v gen.RegistryRecord) any { return v.Year }),
		col("学时", 8, func(v gen.RegistryRecord) any { return tenthsOf(v.Hours) }),
		col("冲正记录号", 26, func(v gen.RegistryRecord) any { return v.Reverses }),
		col("状态", 16, func(v gen.RegistryRecord) any { return v.StateName }),
		col("报送次数", 10, func(v gen.RegistryRecord) any { return v.Sends }),
		col("回执号", 24, func(v gen.RegistryRecord) any { return v.Receipt }),
		col("原因", 40, func(v gen.RegistryRecord) any { return v.Reason }),
		col("报送时间", 18, func(v gen.RegistryRecord) any { return v.SentAt }),
	),
	"listRegistryReversals": workbook(
		"冲正申请",
		col("时间", 18, func(v gen.RegistryReversal) any { return v.AskedAt }),
		col("记录号", 26, func(v gen.RegistryReversal) any { return v.No }),
		col("学校", 28, func(v gen.RegistryReversal) any { return v.School }),
		col("姓名", 14, func(v gen.RegistryReversal) any { return v.Name }),
		col("年度", 8, func(v gen.RegistryReversal) any { return v.Year }),
		col("冲正后学时", 12, func(v gen.RegistryReversal) any { return tenthsOf(v.Hours) }),
		col("理由", 40, func(v gen.RegistryReversal) any { return v.Reason }),
		col("申请人", 14, func(v gen.RegistryReversal) any { return v.AskedBy }),
		col("状态", 10, func(v gen.RegistryReversal) any { return v.StateName }),
		col("复核人", 14, func(v gen.RegistryReversal) any { return v.DecidedBy }),
		col("复核意见", 40, func(v gen.RegistryReversal) any { return v.Note }),
	),
	"listRegistryJournal": workbook(
		"登记流水",
		col("时间", 18, func(v gen.RegistryEntry) any { return v.At }),
		col("事项", 16, func(v gen.RegistryEntry) any { return v.KindName }),
		col("学时", 8, func(v gen.RegistryEntry) any { return tenthsOf(v.Hours) }),
		col("回执号", 24, func(v gen.RegistryEntry) any { return v.Receipt }),
		col("原因", 40, func(v gen.RegistryEntry) any { return v.Reason }),
		col("核实结果", 12, func(v gen.RegistryEntry) any { return v.OutcomeName }),
		col("办理人", 14, func(v gen.RegistryEntry) any { return v.By }),
	),
	"listRegistryStrays": workbook(
		"无法对应的回执",
		col("时间", 18, func(v gen.RegistryStray) any { return v.At }),
		col("记录号", 26, func(v gen.RegistryStray) any { return v.No }),
		col("回执", 14, func(v gen.RegistryStray) any { return v.KindName }),
		col("学时", 8, func(v gen.RegistryStray) any { return tenthsOf(v.Hours) }),
		col("回执号", 24, func(v gen.RegistryStray) any { return v.Receipt }),
		col("原因", 40, func(v gen.RegistryStray) any { return v.Reason }),
		col("问题", 40, func(v gen.RegistryStray) any { return v.Problem }),
	),
}
