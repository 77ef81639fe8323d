# Reference values of quantiles of waits: quantile(type = 7) with order-statistic limits from qbinom where every
# wait has ended, survfit(conf.type = "log-log") where some go on.
# Run in this folder: Rscript waiting_times.R > ../waiting_times.json
suppressPackageStartupMessages({library(survival); library(jsonlite)})

ended <- function(id, x, p) {
  n <- length(x); s <- sort(x)
  l <- qbinom(.025, n, p); u <- qbinom(.975, n, p) + 1
  known <- l >= 1 && u <= n
  list(id = paste0("waiting_times/", id), method = "quantile_of_waits", inputs = list(waits = x),
       params = list(share = p),
       expected = list(seconds = as.numeric(quantile(x, p, type = 7)), at_least = 0,
                       low = if (known) s[l] else NA, high = if (known) s[u] else NA),
       rtol = 1e-12, source = paste0("R ", getRversion(), " quantile(type = 7), qbinom"))
}

going_on <- function(id, x, d, p) {
  q <- quantile(survfit(Surv(x, d) ~ 1, conf.type = "log-log"), p)
  stopifnot(!is.na(q$quantile), !is.na(q$lower))
  list(id = paste0("waiting_times/", id), method = "quantile_of_waits", inputs = list(waits = x, ended = d),
       params = list(share = p),
       expected = list(seconds = as.numeric(q$quantile), at_least = 0, low = as.numeric(q$lower),
                       high = if (is.na(q$upper)) "inf" else as.numeric(q$upper)),
       rtol = 1e-12,
       source = paste0("R ", getRversion(), " survival ", packageVersion("survival"), " survfit log-log"))
}

set.seed(20)
few <- c(60, 120, 180, 240, 45)
some <- round(rexp(30, 1 / 3600), 1)
many <- round(rlnorm(400, 8, 1.2), 1)
ties <- rep(c(30, 45, 60, 600), c(12, 9, 8, 4))
cases <- list(
  ended("few_median", few, .5), ended("some_median", some, .5), ended("some_p90", some, .9),
  ended("many_median", many, .5), ended("many_p90", many, .9), ended("ties_median", ties, .5),
  ended("ties_p90", ties, .9))
d_some <- rep(c(1, 1, 1, 0, 1), 6); d_many <- as.numeric(runif(400) < .8); d_ties <- rep(c(1, 1, 0), 11)
cases <- c(cases, list(
  going_on("some_go_on_median", some, d_some, .5), going_on("many_go_on_median", many, d_many, .5),
  going_on("many_go_on_p90", many, d_many, .9), going_on("ties_go_on_median", ties, d_ties, .5),
  going_on("exactly_half", c(10, 20, 30, 40, 50, 60, 70, 80), c(1, 1, 1, 1, 1, 0, 1, 0), .5),
  going_on("quarter_go_on", c(60, 120, 500, 900, 30, 45, 800, 200, 210, 220, 230, 300),
           c(1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), .5)))
cat(toJSON(cases, auto_unbox = TRUE, digits = NA, na = "null", pretty = TRUE), "\n")
