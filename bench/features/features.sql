-- The features of the comparison as of ${CUT}: orders first, then one row a
-- customer from orders, from customer × category, from customer × type of event and from customer × day.
-- Every window is [CUT − w days, CUT); d is the day before CUT, from 0.
WITH tx AS (
  SELECT customer_id, order_id, ts, category, quantity, CAST(amount AS DOUBLE) AS amount, CAST(discount AS DOUBLE) AS discount,
         CAST((epoch_us(${CUT}) - epoch_us(ts) - 1) // 86400000000 AS INTEGER) AS d
  FROM ${TX} WHERE ts < ${CUT}
), ev AS (
  SELECT customer_id, type, value, ts, CAST((epoch_us(${CUT}) - epoch_us(ts) - 1) // 86400000000 AS INTEGER) AS d
  FROM ${EV} WHERE ts < ${CUT}
), ord AS (
  SELECT customer_id, order_id, min(ts) AS ts, min(d) AS d, sum(amount) AS amount, sum(discount) AS discount, sum(quantity) AS units
  FROM tx WHERE amount >= 0 GROUP BY customer_id, order_id
), gap AS (
  SELECT *, lag(d) OVER (PARTITION BY customer_id ORDER BY ts) - d AS g FROM ord
), t AS (
  SELECT customer_id, (epoch_us(${CUT}) - epoch_us(max(ts))) / 86400000000.0 AS recency_days, (epoch_us(${CUT}) - epoch_us(min(ts))) / 86400000000.0 AS tenure_days,
    count(*) AS orders_all, count(*) FILTER (WHERE d < 7) AS orders_7d, count(*) FILTER (WHERE d < 30) AS orders_30d, count(*) FILTER (WHERE d < 90) AS orders_90d,
    count(*) FILTER (WHERE d < 180) AS orders_180d, count(*) FILTER (WHERE d < 365) AS orders_365d,
    sum(amount) AS amount_all, sum(amount) FILTER (WHERE d < 7) AS amount_7d, sum(amount) FILTER (WHERE d < 30) AS amount_30d, sum(amount) FILTER (WHERE d < 90) AS amount_90d,
    sum(amount) FILTER (WHERE d < 180) AS amount_180d, sum(amount) FILTER (WHERE d < 365) AS amount_365d,
    sum(units) AS items_all, sum(units) FILTER (WHERE d < 30) AS items_30d, sum(units) FILTER (WHERE d < 90) AS items_90d, sum(units) FILTER (WHERE d < 365) AS items_365d,
    sum(discount) FILTER (WHERE d < 365) AS discount_365d, max(amount) AS largest_order_all, arg_max(amount, ts) AS last_order_amount,
    count(*) FILTER (WHERE g > 0) + 1 AS active_days_all, count(DISTINCT d) FILTER (WHERE d < 30) AS active_days_30d, count(DISTINCT d) FILTER (WHERE d < 90) AS active_days_90d,
    count(DISTINCT d) FILTER (WHERE d < 180) AS active_days_180d, count(DISTINCT d) FILTER (WHERE d < 365) AS active_days_365d,
    max(d) - min(d) AS span, stddev_samp(g) FILTER (WHERE g > 0) AS gap_sd_days,
    count(*) FILTER (WHERE d < 365 AND isodow(ts) >= 6) AS weekend, count(*) FILTER (WHERE d < 365 AND (hour(ts) >= 20 OR hour(ts) < 6)) AS night
  FROM gap GROUP BY customer_id
), r AS (
  SELECT customer_id, count(*) AS returns_all, count(*) FILTER (WHERE d < 365) AS returns_365d, -sum(amount) AS returned_all, -sum(amount) FILTER (WHERE d < 365) AS returned_365
  FROM tx WHERE amount < 0 GROUP BY customer_id
), c AS (
  SELECT customer_id, count(*) AS categories_all, count(*) FILTER (WHERE n > 0) AS categories_365d, max(s) AS top, sum(s) AS whole, sum(s * ln(s)) FILTER (WHERE s > 0) AS logs
  FROM (SELECT customer_id, category, count(*) FILTER (WHERE d < 365) AS n, sum(amount) FILTER (WHERE d < 365) AS s FROM tx WHERE amount >= 0 GROUP BY customer_id, category)
  GROUP BY customer_id
), e1 AS (
  SELECT customer_id, type, max(ts) AS last, count(*) AS n, count(*) FILTER (WHERE d < 7) AS n7, count(*) FILTER (WHERE d < 30) AS n30, count(*) FILTER (WHERE d < 90) AS n90,
         count(*) FILTER (WHERE d < 365) AS n365, arg_max(value, ts) AS last_value
  FROM ev GROUP BY customer_id, type
), e AS (
  SELECT customer_id, max(last) AS last, sum(n7) AS events_7d, sum(n30) AS events_30d, sum(n90) AS events_90d, sum(n365) AS events_365d,
    sum(n90) FILTER (WHERE type = 'email_sent') AS sent_90, sum(n90) FILTER (WHERE type = 'email_open') AS open_90, sum(n30) FILTER (WHERE type = 'email_open') AS open_30,
    sum(n90) FILTER (WHERE type = 'email_click') AS click_90, sum(n30) FILTER (WHERE type = 'email_click') AS click_30,
    sum(n7) FILTER (WHERE type = 'session') AS sess_7, sum(n30) FILTER (WHERE type = 'session') AS sess_30, sum(n90) FILTER (WHERE type = 'session') AS sess_90,
    sum(n30) FILTER (WHERE type = 'page_view') AS pv_30, sum(n90) FILTER (WHERE type = 'page_view') AS pv_90,
    sum(n30) FILTER (WHERE type = 'cart_add') AS cart_30, sum(n90) FILTER (WHERE type = 'cart_add') AS cart_90,
    sum(n30) FILTER (WHERE type = 'app_open') AS app_30, sum(n90) FILTER (WHERE type = 'app_open') AS app_90,
    sum(n90) FILTER (WHERE type = 'support_ticket') AS tick_90, sum(n365) FILTER (WHERE type = 'support_ticket') AS tick_365,
    max(last) FILTER (WHERE type = 'email_open') AS last_open, max(last) FILTER (WHERE type = 'email_click') AS last_click, max(last) FILTER (WHERE type = 'session') AS last_session,
    max(last) FILTER (WHERE type = 'cart_add') AS last_cart, max(last) FILTER (WHERE type = 'app_open') AS last_app, max(last_value) FILTER (WHERE type = 'nps') AS last_nps
  FROM e1 GROUP BY customer_id
), a AS (
  SELECT customer_id, count(*) FILTER (WHERE d < 30) AS event_days_30d, count(*) AS event_days_90d
  FROM (SELECT DISTINCT customer_id, d FROM ev WHERE d < 90) GROUP BY customer_id
), who AS (
  SELECT customer_id FROM t UNION SELECT customer_id FROM r UNION SELECT customer_id FROM e
), pool AS (
  SELECT (SELECT sum(span) / nullif(sum(active_days_all - 1), 0) FROM t) AS gap, sum(open_90) / nullif(sum(sent_90), 0) AS opened, sum(click_90) / nullif(sum(sent_90), 0) AS clicked FROM e
)
SELECT who.customer_id, recency_days, tenure_days,
  coalesce(orders_7d, 0) AS orders_7d, coalesce(orders_30d, 0) AS orders_30d, coalesce(orders_90d, 0) AS orders_90d, coalesce(orders_180d, 0) AS orders_180d, coalesce(orders_365d, 0) AS orders_365d,
  coalesce(orders_all, 0) AS orders_all, coalesce(amount_7d, 0) AS amount_7d, coalesce(amount_30d, 0) AS amount_30d, coalesce(amount_90d, 0) AS amount_90d, coalesce(amount_180d, 0) AS amount_180d,
  coalesce(amount_365d, 0) AS amount_365d, coalesce(amount_all, 0) AS amount_all, coalesce(items_30d, 0) AS items_30d, coalesce(items_90d, 0) AS items_90d, coalesce(items_365d, 0) AS items_365d,
  coalesce(items_all, 0) AS items_all, coalesce(active_days_30d, 0) AS active_days_30d, coalesce(active_days_90d, 0) AS active_days_90d, coalesce(active_days_180d, 0) AS active_days_180d,
  coalesce(active_days_365d, 0) AS active_days_365d, coalesce(active_days_all, 0) AS active_days_all, amount_365d / nullif(orders_365d, 0) AS average_order_365d, amount_all / orders_all AS average_order_all,
  largest_order_all, last_order_amount, span / nullif(active_days_all - 1, 0) AS gap_mean_days, gap_sd_days, gap_sd_days / (span / nullif(active_days_all - 1, 0)) AS gap_cv,
  span AS purchase_span_days, active_days_all - 1 AS gap_count, (span + 2 * pool.gap) / (active_days_all + 1) AS own_gap_days, recency_days / ((span + 2 * pool.gap) / (active_days_all + 1)) AS overdue_ratio,
  (orders_30d / 30.0 - (orders_90d - orders_30d) / 60.0) / nullif(orders_30d / 30.0 + (orders_90d - orders_30d) / 60.0, 0) AS orders_trend_30d_90d,
  (orders_90d / 90.0 - (orders_180d - orders_90d) / 90.0) / nullif(orders_90d / 90.0 + (orders_180d - orders_90d) / 90.0, 0) AS orders_trend_90d_180d,
  (coalesce(amount_90d, 0) / 90.0 - (amount_180d - coalesce(amount_90d, 0)) / 90.0) / nullif(coalesce(amount_90d, 0) / 90.0 + (amount_180d - coalesce(amount_90d, 0)) / 90.0, 0) AS amount_trend_90d_180d,
  last_order_amount / nullif(amount_all / orders_all, 0) AS last_order_ratio, coalesce(returns_365d, 0) AS returns_365d, coalesce(returns_all, 0) AS returns_all,
  coalesce(returned_365, 0) AS returned_amount_365d, coalesce(returned_all, 0) AS returned_amount_all, coalesce(returned_365, 0) / nullif(amount_365d, 0) AS return_share_365d,
  coalesce(returned_all, 0) / nullif(amount_all, 0) AS return_share_all, coalesce(amount_all, 0) - coalesce(returned_all, 0) AS net_amount_all, coalesce(discount_365d, 0) AS discount_365d,
  discount_365d / nullif(discount_365d + amount_365d, 0) AS discount_share_365d, coalesce(categories_365d, 0) AS categories_365d, coalesce(categories_all, 0) AS categories_all,
  top / nullif(whole, 0) AS favourite_category_share, ln(nullif(whole, 0)) - logs / nullif(whole, 0) AS category_entropy, weekend / nullif(orders_365d, 0) AS weekend_share, night / nullif(orders_365d, 0) AS night_share,
  coalesce(events_7d, 0) AS events_7d, coalesce(events_30d, 0) AS events_30d, coalesce(events_90d, 0) AS events_90d, coalesce(events_365d, 0) AS events_365d,
  (epoch_us(${CUT}) - epoch_us(e.last)) / 86400000000.0 AS event_recency_days, coalesce(event_days_30d, 0) AS event_days_30d, coalesce(event_days_90d, 0) AS event_days_90d,
  coalesce(sent_90, 0) AS emails_sent_90d, coalesce(open_30, 0) AS emails_opened_30d, coalesce(open_90, 0) AS emails_opened_90d, coalesce(click_30, 0) AS emails_clicked_30d, coalesce(click_90, 0) AS emails_clicked_90d,
  (epoch_us(${CUT}) - epoch_us(last_open)) / 86400000000.0 AS email_open_recency_days, (epoch_us(${CUT}) - epoch_us(last_click)) / 86400000000.0 AS email_click_recency_days,
  (coalesce(open_90, 0) + 5 * opened) / (coalesce(sent_90, 0) + 5) AS email_open_rate, (coalesce(click_90, 0) + 5 * clicked) / (coalesce(sent_90, 0) + 5) AS email_click_rate,
  coalesce(sess_7, 0) AS sessions_7d, coalesce(sess_30, 0) AS sessions_30d, coalesce(sess_90, 0) AS sessions_90d, (epoch_us(${CUT}) - epoch_us(last_session)) / 86400000000.0 AS session_recency_days,
  (coalesce(sess_30, 0) / 30.0 - (sess_90 - coalesce(sess_30, 0)) / 60.0) / nullif(coalesce(sess_30, 0) / 30.0 + (sess_90 - coalesce(sess_30, 0)) / 60.0, 0) AS sessions_trend_30d_90d,
  coalesce(pv_30, 0) AS page_views_30d, coalesce(pv_90, 0) AS page_views_90d, coalesce(cart_30, 0) AS cart_adds_30d, coalesce(cart_90, 0) AS cart_adds_90d,
  (epoch_us(${CUT}) - epoch_us(last_cart)) / 86400000000.0 AS cart_add_recency_days, coalesce(app_30, 0) AS app_opens_30d, coalesce(app_90, 0) AS app_opens_90d,
  (epoch_us(${CUT}) - epoch_us(last_app)) / 86400000000.0 AS app_open_recency_days, coalesce(tick_90, 0) AS tickets_90d, coalesce(tick_365, 0) AS tickets_365d, last_nps
FROM who LEFT JOIN t USING (customer_id) LEFT JOIN r USING (customer_id) LEFT JOIN c USING (customer_id) LEFT JOIN e USING (customer_id) LEFT JOIN a USING (customer_id) CROSS JOIN pool
