INSERT INTO balances (account, cents)
SELECT account, sum(cents)::bigint FROM unnest($1::text[], $2::bigint[]) AS given (account, cents) GROUP BY account
ON CONFLICT (account) DO UPDATE SET cents = balances.cents + excluded.cents
