# Reference values of several experiments pooled, from the arms' counts or summaries: metafor 3.8-1.
# Run in this folder: Rscript pooling.R > ../pooling.json
# An experiment whose arms are stored the other way round has "turned" true; its first arm is then `sorry`,
# and the effect asked for is still thank you minus sorry. Prediction: t(k - 2), Higgins et al. 2009.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)

pooled <- function(es) {
  k <- nrow(es)
  out <- list(yi = as.numeric(es$yi), vi = as.numeric(es$vi))
  fit <- rma(yi, vi, data = es, method = "REML", test = "knha", control = tight)
  half <- if (k > 2) qt(.975, k - 2) * sqrt(fit$se^2 + fit$tau2) else NA
  # The Q-profile by bisection to the last digit: confint() stops at its own tolerance.
  q <- function(t2) { w <- 1 / (es$vi + t2); sum(w * (es$yi - weighted.mean(es$yi, w))^2) }
  end <- function(p) {
    level <- qchisq(p, k - 1)
    if (q(0) <= level) return(0)
    uniroot(function(t2) q(t2) - level, c(0, 100), tol = 1e-15, maxiter = 10000)$root
  }
  fixed <- rma(yi, vi, data = es, method = "FE")
  c(out, list(
    est = as.numeric(fit$beta), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub, p = fit$pval,
    weights = as.numeric(weights(fit)) / 100, tau2 = fit$tau2, I2 = fit$I2, Q = fit$QE, Q_p = fit$QEp,
    pi_low = as.numeric(fit$beta) - half, pi_high = as.numeric(fit$beta) + half,
    tau2_low = end(.975), tau2_high = end(.025),
    fixed = as.numeric(fixed$beta), fixed_low = fixed$ci.lb, fixed_high = fixed$ci.ub))
}

case <- function(id, inputs, params, es, note = NULL) c(
  list(id = paste0("pooling/", id), method = "pooled_experiments", inputs = inputs, params = params,
       expected = pooled(es), rtol = 1e-6, atol = 1e-9,
       source = paste0("metafor ", packageVersion("metafor"), " escalc, rma(REML, knha), R ", getRversion())),
  if (!is.null(note)) list(note = note))

x1 <- c(51, 88, 42, 301); n1 <- c(56, 110, 60, 402); x2 <- c(40, 80, 35, 280); n2 <- c(51, 109, 61, 398)
turned <- c(FALSE, TRUE, FALSE, TRUE)
counts <- list(x1 = x1, n1 = n1, x2 = x2, n2 = n2, turned = turned)
by_counts <- function(measure, keep = 1:4) escalc(measure, ai = x1[keep], n1i = n1[keep], ci = x2[keep], n2i = n2[keep])
two <- lapply(counts, head, 2)

# Effects that differ by more than chance, and an arm where everybody finished.
apart <- list(x1 = c(51, 88, 60, 301, 20), n1 = c(56, 110, 60, 402, 50), x2 = c(40, 95, 35, 310, 30),
              n2 = c(51, 109, 61, 398, 52), turned = c(TRUE, FALSE, FALSE, TRUE, FALSE))
by_apart <- function(measure) with(apart, escalc(measure, ai = x1, n1i = n1, ci = x2, n2i = n2,
                                                 add = .5, to = "only0"))

# Ratings 1 to 5, how often each was given; all who answered.
first <- rbind(c(2, 3, 10, 20, 16), c(4, 8, 20, 30, 26), c(1, 2, 9, 18, 12))
second <- rbind(c(4, 5, 12, 12, 7), c(6, 10, 24, 24, 16), c(3, 6, 10, 10, 6))
moments <- function(counts) {
  values <- lapply(seq_len(nrow(counts)), function(i) rep(1:5, counts[i, ]))
  data.frame(n = sapply(values, length), m = sapply(values, mean), s = sapply(values, sd))
}
a <- moments(first); b <- moments(second)
rated <- list(first = first, second = second, turned = c(FALSE, TRUE, FALSE))
by_means <- function(measure) escalc(measure, m1i = a$m, sd1i = a$s, n1i = a$n, m2i = b$m, sd2i = b$s, n2i = b$n,
                                     vtype = if (measure == "SMD") "LS" else "HO")
md <- by_means("MD"); md$vi <- a$s^2 / a$n + b$s^2 / b$n

cat(toJSON(list(
  case("rd_counts", counts, list(measure = "rd"), by_counts("RD")),
  case("rr_counts", counts, list(measure = "rr"), by_counts("RR")),
  case("or_counts", counts, list(measure = "or"), by_counts("OR")),
  case("rd_two", two, list(measure = "rd"), by_counts("RD", 1:2), "two experiments allow no prediction"),
  case("rd_apart", apart, list(measure = "rd"), by_apart("RD"), "an empty cell: a half added to its four"),
  case("rr_apart", apart, list(measure = "rr"), by_apart("RR"), "an empty cell: a half added to its four"),
  case("or_apart", apart, list(measure = "or"), by_apart("OR"), "an empty cell: a half added to its four"),
  case("md_ratings", rated, list(measure = "md"), md),
  case("g_ratings", rated, list(measure = "g"), by_means("SMD"))
), auto_unbox = TRUE, digits = 15, pretty = TRUE, na = "null"), "\n")
