INSERT INTO balances (account, cents) VALUES ($1, $2)
ON CONFLICT (account) DO UPDATE SET cents = balances.cents + excluded.cents
