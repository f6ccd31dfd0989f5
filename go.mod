module zhengxiao

go 1.26.0
