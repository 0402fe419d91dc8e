INSERT INTO balances (account, cents)
SELECT value ->> 0, sum(value ->> 1) FROM json_each($1) WHERE true GROUP BY 1
ON CONFLICT (account) DO UPDATE SET cents = balances.cents + excluded.cents
