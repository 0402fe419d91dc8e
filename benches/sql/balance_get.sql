SELECT cents FROM balances WHERE account = $1
