INSERT INTO balances (account, cents)
SELECT account, sum(cents) FROM json_to_recordset($1::json) AS given (account text, cents bigint) GROUP BY account
ON CONFLICT (account) DO UPDATE SET cents = balances.cents + excluded.cents
