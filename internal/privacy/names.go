package privacy

import "strings"

// ColumnTitle is what people read for a column, of whatever table.
func ColumnTitle(name string) string { return columnTitles[name] }

// columnTitles are written as "column title" pairs, one a line of a topic.
var columnTitles = pairs(`
id 编号 user_id 人员 name 姓名或名称 login 账号 org_id 单位 role 身份 disabled 已停用 created_at 建立时间 updated_at 更新时间
id_number_enc 身份证件号 phone_enc 手机号 mail_enc 邮箱 pending_enc 待验证的邮箱 value_mask 申请更正为 verified_at 验证时间
failed 连续输错次数 locked_until 锁定至 locked_at 锁定时间 locked_for 锁定原因 ip 网络地址 agent 浏览器 session 会话标识 seen_at 最近使用 expires_at 到期时间 proved_at 验证本人时间
provider 登录平台 factored 已用动态验证码 confirmed_at 确认时间 used_at 使用时间 used_ip 使用地址 set_at 设置时间
starts_at 开始时间 ends_at 结束时间 ended_at 终止时间 reason 理由 from_user 委托人 to_user 受托人
kind 种类 version 版本 privacy_version 隐私政策版本 field 数据项 purpose 用途 words 文字 at 时间 review_note 复核结论 viewer_id 查看人 subject_id 被查看人
status 状态 asked_at 提出时间 answered_at 答复时间 due_at 期限 answer 答复 comment 意见
view_id 默认视图 no_digest 不收简报 owner_id 所有人 filters 筛选 sort 排序 columns 显示列
file_name 文件名 message 说明 started_by 发起人 started_at 开始时间 finished_at 结束时间
duty 职务 cio 信息化负责人 school_leader 校级领导 responsibility 分工 subject 学科 group_id 教研组 full_time 专任 window_until 补修至
old_status 原状态 new_status 新状态 changed_at 变动时间 asked_by 提出人 leader_id 组长
hours 学时 content 内容 year 年度 joined_at 参加时间 completed_at 完成时间 goals 目标 code 代码 chosen_at 选择时间 course 课程
title 标题 reflection 反思 video_location 视频位置 updated_by 更新人 result 结果
submitted_at 提交时间 reviewed_at 审核时间 graded_at 评定时间 note 说明 review_reason 审核理由 grade_note 评定说明
state 状态 recognized_at 认定时间 registered_at 登记时间 receipt 登记回执 reverses 冲正的记录 no 记录号 outcome 处理结果 batch_id 报送批次
expert_id 专家 indicator 指标 score 得分 actor_id 办理人 topic 主题 advice 建议 visitor_id 指导人
slot_key 材料位置 slot_kind 材料种类 sha256 校验值 file_id 材料编号 n 版本 type 类型 size 大小 pinned_round 固定轮次 locked_at 锁定时间 granted_at 上传时间
body 内容 on_behalf 受托代办 detail 详情 action 操作 request 请求 received_at 接收时间 decided_at 决定时间
task 事项 since 开始等待 done_at 办结时间 done_by 办理人 claimed_by 认领人
sent_at 发送时间 read_at 阅读时间 by_user 催办人 link 链接 reply 回执内容 bulletin_id 通知编号
topics 接收范围 daily 每日汇总 daily_at 汇总时间 quiet_from 免打扰开始 quiet_to 免打扰结束 working_days 仅工作日 urgent 紧急不受限
case_id 项目 cohort_id 批次 round 轮次 seq 序号 activity_id 活动 school_name 学校 concluded_at 办结时间
`)

func pairs(text string) map[string]string {
	fields, all := strings.Fields(text), map[string]string{}
	for i := 0; i+1 < len(fields); i += 2 {
		all[fields[i]] = fields[i+1]
	}
	return all
}
