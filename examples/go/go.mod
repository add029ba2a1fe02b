module ipmasq.invalid/go

go 1.19
