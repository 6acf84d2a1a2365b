-- Each customer beside what they used: t1 the customers, t2 a line a month.
select t1.plan,
       t1.age,
       t1.age_known,
       t1.years,
       avg(t2.minutes) as minutes,
       max(t2.minutes) - min(t2.minutes) as swing,
       sum(t2.complaints) as complaints,
       t1.left
from t1
join t2 on t2.customer = t1.customer
group by t1.customer
order by t1.customer
