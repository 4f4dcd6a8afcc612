#!/usr/bin/env python3
"""Transactions and events of made-up customers, as a folder of zstd Parquet files, one a month.
usage: history.py FOLDER CUSTOMERS [MEMORY [TIMES]]
About 20 lines and 60 events a customer over 2023 and 2024: heavy-tailed activity, a sign-up and a lifetime each, files
in order of time, ids as text. TIMES makes every customer so many times as busy. Every value is a hash of its row."""
import duckdb, sys, time, os
out, n = sys.argv[1], int(sys.argv[2])
mem = sys.argv[3] if len(sys.argv) > 3 else '4GB'
times = int(sys.argv[4]) if len(sys.argv) > 4 else 1
os.makedirs(out, exist_ok=True)
c = duckdb.connect()
c.execute(f"SET threads=2; SET memory_limit='{mem}'; SET preserve_insertion_order=false; SET temp_directory='{out}/tmp'; SET timezone='UTC'")
c.execute("CREATE MACRO u(k,s) AS (hash(k*1000003 + s) >> 11)::DOUBLE / 9007199254740992.0")
t0 = time.time()
c.execute(f"""CREATE TABLE cust AS SELECT *, least(730.0-greatest(s,0), greatest(s+life,greatest(s,0)+1)-greatest(s,0)) AS span FROM (
 SELECT i::BIGINT AS customer_id,
  (-365 + floor(u(i,1)*1060))::DOUBLE AS s,                 -- signup day, may precede the log
  (-420.0*ln(1-u(i,2)*0.999999))::DOUBLE AS life,
  {times}*least(2000, floor(5.2*(pow(1-u(i,3),-1/1.7)-1)+0.6))::INT AS n_orders,   -- Lomax
  {times}*least(6000, floor(56.0*(pow(1-u(i,4),-1/1.9)-1)+1.0))::INT AS n_events,
  u(i,5) AS night, u(i,6) AS disc, u(i,7) AS fav, exp(3.2+0.6*sqrt(-2*ln(1-u(i,8)*0.9999))*cos(6.283185*u(i,9))) AS price
 FROM range({n}) r(i))""")
c.execute("""CREATE TABLE o AS SELECT customer_id, k, hash(customer_id*7919+k) AS h, s, span, night, disc, fav, price
 FROM (SELECT *, unnest(range(n_orders)) AS k FROM cust)""")
START = "TIMESTAMP '2023-01-01'"
c.execute(f"""CREATE TABLE tx AS SELECT customer_id,
  {START} + to_microseconds(((greatest(s,0)+u(h%1000000007,11)*span)::DOUBLE*86400e6)::BIGINT) AS ts0, h%1000000000000 AS order_id,
  j, night, disc, fav, price, h FROM (SELECT *, unnest(range(1+(u(h%1000000009,12)*u(h%1000000009,13)*7)::INT)) AS j FROM o)""")
c.execute("DROP TABLE o")
tot = c.execute("select count(*) from tx").fetchone()[0]; print('tx rows', tot, round(time.time()-t0,1),'s', flush=True)
CAT = "['grocery','dairy','bakery','meat','produce','snacks','drinks','wine','beauty','hair','skin','baby','toys','books','music','movies','games','phones','laptops','audio','tv','cameras','kitchen','garden','tools','auto','sports','outdoor','shoes','women','men','kids','jewelry','watches','office','pet','pharmacy','travel','gift','service']"
def copy(sql, path, tie):
    os.makedirs(path, exist_ok=True)
    months = [(y,m) for y in (2023,2024) for m in range(1,13)]
    for y,m in months:
        a=f"TIMESTAMP '{y}-{m:02d}-01'"; b=f"TIMESTAMP '{y+(m==12)}-{m%12+1:02d}-01'"
        c.execute(f"COPY (SELECT * FROM ({sql}) WHERE ts>={a} AND ts<{b} ORDER BY ts, customer_id, {tie}) TO '{path}/{y}-{m:02d}.parquet' (FORMAT parquet, COMPRESSION zstd)")
c.execute(f"""CREATE TABLE tx2 AS SELECT customer_id, ts0 AS ts, order_id::BIGINT AS order_id,
  (1+floor(pow(u(x,21),3)*20000))::INT AS product_id,
  ({CAT})[1 + CASE WHEN u(x,22)<0.5 THEN (fav*40)::INT%40 ELSE floor(pow(u(x,23),2)*40)::INT END] AS category,
  (CASE WHEN u(x,24)<0.06 THEN -1 ELSE 1 END * (1+floor(pow(u(x,25),4)*5)))::INT AS quantity,
  price*(0.3+1.7*u(x,26)) AS p, CASE WHEN u(x,27)<disc*0.6 THEN round(0.05+0.35*u(x,28),2) ELSE 0 END AS d,
  0.15+0.4*u(x,29) AS mr, (['web','app','store','phone'])[1+floor(pow(u(h%1000003,30),1.5)*4)::INT] AS channel
 FROM (SELECT *, (h%1000000007)*16+j AS x FROM tx)""")
c.execute("DROP TABLE tx")
ID = "format('C{:09d}', customer_id) AS customer_id"
copy(f"""SELECT {ID}, ts, order_id, product_id, category, quantity, (quantity*p*(1-d))::DECIMAL(12,2) AS amount,
   (quantity*p*d)::DECIMAL(12,2) AS discount, (quantity*p*(mr-d*0.5))::DECIMAL(12,2) AS margin, channel FROM tx2""", f"{out}/transactions", "order_id, product_id")
c.execute("DROP TABLE tx2"); print('tx written', round(time.time()-t0,1), flush=True)
c.execute(f"""CREATE TABLE ev AS SELECT customer_id, {START} + to_microseconds(((greatest(s,0)+u(x,41)*span)::DOUBLE*86400e6)::BIGINT) AS ts, x, u(x,42) AS r
 FROM (SELECT customer_id, s, span, hash(customer_id*104729+unnest(range(n_events)))%1000000000039 AS x FROM cust)""")
tot = c.execute("select count(*) from ev").fetchone()[0]; print('ev rows', tot, round(time.time()-t0,1), flush=True)
copy(f"""SELECT {ID}, ts, CASE WHEN r<0.26 THEN 'email_sent' WHEN r<0.34 THEN 'email_open' WHEN r<0.365 THEN 'email_click'
   WHEN r<0.70 THEN 'page_view' WHEN r<0.83 THEN 'session' WHEN r<0.92 THEN 'app_open' WHEN r<0.985 THEN 'cart_add'
   WHEN r<0.992 THEN 'support_ticket' WHEN r<0.995 THEN 'uninstall' ELSE 'nps' END AS type,
   CASE WHEN r<0.365 THEN 'email' WHEN u(x,43)<0.6 THEN 'web' ELSE 'app' END AS channel,
   CASE WHEN r<0.365 THEN (x%400)::INT END AS campaign_id,
   CASE WHEN r>=0.995 THEN (x%11)::DOUBLE END AS value FROM ev""", f"{out}/events", "type")
print('ev written', round(time.time()-t0,1), flush=True)
