package privacy

// tables state every column of the schema. A new column fails TestEveryColumnIsStated
// until it is listed here: under its class, or as impersonal.
var tables = []table{
	{"users", "账号", holds{
		"name": "name login", "document": "id_number_enc id_number_index id_number_mask", "phone": "phone_enc phone_index",
		"credential": "password_hash must_change", "session": "failed locked_until", "post": "org_id disabled", "link": "id",
	}, "created_at updated_at"},
	{"grants", "身份", holds{"post": "role org_id created_at", "link": "user_id"}, ""},
	{"sessions", "登录会话", holds{"credential": "token_hash", "session": "ip agent created_at seen_at expires_at", "link": "user_id"}, ""},
	{"delegations", "授权代办", holds{"post": "role org_id starts_at ends_at ended_at", "words": "reason", "link": "from_user to_user"}, "id created_at"},
	{"user_settings", "个人设置", holds{"preference": "view_id no_digest", "link": "user_id"}, "updated_at"},
	{"board_views", "台账视图", holds{"preference": "name filters sort columns", "link": "owner_id"}, "id org_id created_at updated_at"},

	{"imports", "导入", holds{"file": "file_name", "diagnostic": "message", "link": "started_by applied_by"},
		"id kind cohort_id path file_size file_sha256 status run mode total processed created changed same bad started_at applied_at beat_at finished_at"},
	{"import_parts", "导入表内容", holds{"import": "body"}, "import_id n"},
	{"import_errors", "导入错误", holds{"import": "reason"}, "import_id row_no"},
	{"import_passwords", "待领取的初始密码", holds{"import": "body"}, "id import_id"},

	{"team_members", "团队成员", holds{"place": "duty cio school_leader", "words": "responsibility", "link": "user_id"}, "case_id"},
	{"roster", "参训名册", holds{"name": "name", "place": "subject group_id full_time status window_until", "link": "user_id"}, "case_id"},
	{"roster_changes", "名册变动", holds{"place": "old_status new_status changed_at", "words": "reason", "link": "user_id changed_by"}, "id case_id"},
	{"roster_requests", "名册变动申请", holds{
		"name": "name", "place": "subject full_time old_status new_status", "words": "reason comment", "link": "user_id asked_by answered_by open_slot",
	}, "id case_id status asked_at answered_at"},
	{"admin_changes", "三员变更申请", holds{
		"words": "reason comment", "link": "user_id asked_by decided_by open_slot",
	}, "id kind role org_id status asked_at decided_at"},
	{"study_groups", "教研组", holds{"link": "leader_id created_by"}, "id case_id kind name created_at"},
	{"participations", "研修参与", holds{"study": "hours content year joined_at completed_at", "link": "user_id named_by"}, "activity_id case_id"},
	{"personal_plans", "个人提升计划", holds{"study": "goals updated_at", "link": "user_id"}, "case_id"},
	{"teacher_points", "所选能力点", holds{"study": "code chosen_at", "link": "user_id"}, "case_id"},
	{"course_choices", "自主选学", holds{"study": "course hours created_at", "link": "user_id"}, "cohort_id"},
	{"teaching_cases", "教学案例", holds{"words": "title reflection video_location", "link": "updated_by"}, "case_id group_id updated_at"},
	{"topics", "研修专题", holds{"words": "title description", "link": "created_by"}, "id case_id group_id created_at"},
	{"activities", "研修活动", holds{"words": "title description", "link": "published_by"},
		"id case_id group_id topic_id kind hours offline starts_at ends_at published_at cancelled_at"},
	{"initial_reviews", "过程性材料初审", holds{"assessment": "result at", "words": "reason", "link": "user_id reviewer_id"}, "case_id"},
	{"practice", "能力点测评", holds{
		"assessment": "code status submitted_at reviewed_at graded_at", "words": "note review_reason grade_note", "link": "user_id reviewed_by graded_by",
	}, "case_id"},
	{"credits", "学时", holds{
		"credit": "year hours state recognized_at confirmed_at registered_at receipt", "link": "user_id confirmed_by",
	}, "case_id visit"},
	{"score_drafts", "评分草稿", holds{"words": "note", "link": "expert_id"}, "case_id round indicator score updated_at"},
	{"scores", "专家评分", holds{"words": "note", "link": "expert_id"}, "case_id round indicator score submitted_at"},

	{"diagnoses", "诊断评估", holds{"words": "strengths weaknesses opportunities threats", "link": "updated_by"}, "case_id environment updated_at"},
	{"plan_drafts", "两案草稿", holds{"words": "text", "link": "updated_by"}, "case_id part updated_at"},
	{"plan_revisions", "两案文本", holds{"words": "body", "link": "submitted_by"}, "case_id version sha256 submitted_at status filed_at filing_no"},
	{"filing_opinions", "审核意见", holds{"words": "comment", "link": "actor_id"}, "case_id seq revision step decision at"},
	{"guidance_visits", "进校指导", holds{"words": "topic content advice", "link": "visitor_id"}, "id case_id org_id at created_at"},
	{"themes", "校本主题", holds{"words": "title text", "link": "updated_by"}, "case_id updated_at"},
	{"theme_points", "主题能力点", nil, "case_id code"},
	{"self_scores", "学校自评", nil, "case_id round indicator score"},

	{"files", "材料", holds{"file": "slot_key", "link": "owner_id"}, "id case_id slot_kind current_version created_at"},
	{"file_versions", "材料文件", holds{"file": "name object_key version_id sha256", "words": "reason", "link": "granted_by"},
		"file_id n type size state granted_at checked_at pinned_round locked_at linked_file_id linked_n"},
	{"file_uploads", "上传", holds{"link": "owner_id"}, "file_id n upload_id expires_at due_at attempts checked_bytes beyond_limits"},
	{"dossier_pins", "验收材料清单", holds{"words": "snapshot"}, "case_id round item file_id n sha256"},

	{"cases", "整校推进项目", holds{"event": "state", "link": "waiting_user_id"},
		"id cohort_id school_id school_name district_id direct path workflow_id programme policy_digest stage seq round result verdict head_hash " +
			"waiting_task waiting_role waiting_org_id waiting_since due_at sort_at overdue returned filing_no full_time roster_frozen_at opened_at " +
			"updated_at closed_at stage_no wait_at paused plan_start plan_end plan_at"},
	{"events", "办理事件", holds{"event": "body patch", "link": "actor_id on_behalf"},
		"case_id seq action_id kind actor_role actor_org at prev_hash hash stage_before stage_after round"},
	{"actions", "办理请求", holds{"event": "outcome envelope", "words": "message", "link": "actor_id"},
		"id case_id kind body_sha256 status seq code field received_at decided_at resend_at"},
	{"tasks", "待办", holds{"link": "user_id done_by claimed_by barred"},
		"case_id visit task role org_id path since due_at overdue reminded status done_at done_kind sort_at urged"},
	{"outbox", "后续处理", holds{"message": "payload", "diagnostic": "last_error", "link": "subject"},
		"id case_id seq kind created_at not_before attempts claim claimed_until done_at"},
	{"stage_visits", "环节起止", nil, "case_id seq cohort_id path stage entered_day left_day entered_week"},
	{"copies", "抄送", holds{"message": "words sent_at read_at", "link": "user_id sent_by"}, "id case_id seq"},
	{"urges", "催办", holds{"message": "words", "link": "by_user"}, "case_id seq visit day at"},
	{"notices", "通知", holds{"message": "title body read_at", "link": "user_id source"}, "id case_id kind created_at link"},
	{"bulletins", "下发通知", holds{"message": "title body", "link": "author_id"},
		"id org_id path receipt receipt_by recipients reminded_day sha256 sent_at delivered"},
	{"bulletin_recipients", "通知收件人", holds{"message": "state read_at confirmed_at reply", "post": "org_id role", "link": "user_id"}, "bulletin_id path"},
	{"bulletin_runs", "通知下发进度", holds{"link": "after_user"}, "bulletin_id again audience after_path due_at"},
	{"digests", "每周简报", nil, "id org_id monday body created_at"},
	{"feed", "变化流", holds{"link": "user_id"}, "id pos topic case_id path role org_id created_at"},
	{"feed_head", "变化流位置", nil, "id pos"},

	{"alarms", "告警", holds{"diagnostic": "detail raw cleared_note", "link": "cleared_by"},
		"id kind case_id workflow_id run_id created_at cleared_at"},
	{"reconcile_runs", "对账", holds{"diagnostic": "message", "link": "started_by"},
		"id slot repair started_at beat_at finished_at status checked total workflows found repaired"},
	{"reconcile_findings", "对账发现", holds{"diagnostic": "detail"}, "run_id n kind case_id workflow_id repaired"},

	{"orgs", "组织", nil, "id parent_id level code name path created_at"},
	{"policies", "政策", nil, "digest programme body created_at"},
	{"overlays", "各级细则", holds{"words": "reason", "link": "created_by"},
		"id programme level scope_id version body effective_from created_at digest replaced"},
	{"calendars", "工作日历", holds{"words": "reason", "link": "created_by"}, "version body created_at"},
	{"cohorts", "批次", holds{"link": "created_by updated_by"},
		"id code name programme org_id path policy_digest calendar_version window_start window_end opens_at status pace " +
			"created_at updated_at layers_at previous_id"},
	{"cohort_schools", "批次学校", holds{"words": "reason", "link": "decided_by"}, "cohort_id school_id status case_id opened_at until decided_at"},
	{"case_runs", "批量变更", holds{"words": "reason", "link": "created_by"}, "id cohort_id kind source target cases sha256 created_at"},
	{"case_run_items", "批量变更明细", nil, "run_id no case_id action_id"},
}
