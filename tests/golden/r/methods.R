# Reference values for compliance, reliability, factorial, net promoter, margins, double sampling,
# rare events, ordinal steps and planning. All data are simulated here with the seeds below: no person, no study.
# Run from this folder:  Rscript methods.R   (writes ../*.json and ../*.csv; needs Debian's r-cran packages)
suppressMessages({library(AER); library(sandwich); library(psych); library(lavaan); library(metafor)
                  library(jsonlite)})
version_of <- function(...) paste(sapply(c(...), function(p) paste(p, packageVersion(p))), collapse = ", ")
base <- paste("R", paste(R.version$major, R.version$minor, sep = "."))
cases <- list()
num <- function(x) if (is.numeric(x) && length(x) == 1 && is.infinite(x)) (if (x > 0) "inf" else "-inf") else x
case <- function(id, method, inputs, expected, source, params = setNames(list(), character(0)), rtol = 1e-8,
                 atol = NULL, note = NULL) {
  one <- list(id = paste0("simulated/", id), method = method, inputs = inputs, params = params,
              expected = lapply(expected, num), rtol = rtol, source = source)
  if (!is.null(atol)) one$atol <- atol
  if (!is.null(note)) one$note <- note
  cases[[length(cases) + 1]] <<- one
}
flush_to <- function(name) {
  writeLines(toJSON(cases, auto_unbox = TRUE, digits = 15, pretty = TRUE, null = "null", na = "null"),
             file.path("..", paste0(name, ".json")))
  cases <<- list()
}
table_to <- function(d, name) write.csv(d, file.path("..", name), row.names = FALSE, na = "", quote = FALSE)

## ---- compliance: AER::ivreg for the point, the Anderson-Rubin set by a root search over the test itself
set.seed(11)
compliance <- function(id, n, compliers, always, effect, clusters = FALSE) {
  kind <- sample(3, n, TRUE, c(compliers, always, 1 - compliers - always))
  g <- rep(seq_len(ceiling(n / 4)), each = 4)[seq_len(n)]
  z <- if (clusters) (g %% 2) else sample(rep(0:1, length.out = n))
  d <- ifelse(kind == 1, z, as.integer(kind == 2))
  shared <- if (clusters) rnorm(max(g), 0, .6)[g] else 0
  y <- round(4 + shared + rnorm(n) + .7 * (kind == 2) + effect * d, 2)
  table_to(data.frame(y, z, d, g), paste0("compliance_", id, ".csv"))
  fit <- ivreg(y ~ d | z)
  # Difference of means of any v between arms with its HC2 (or CR2) variance, from lm and sandwich.
  arm_test <- function(v) {
    m <- lm(v ~ z)
    if (!clusters) return(c(coef(m)[2], sqrt(vcovHC(m, "HC2")[2, 2])))
    e <- resid(m); total <- 0
    X <- model.matrix(m); bread <- solve(crossprod(X)); meat <- matrix(0, 2, 2)
    for (k in unique(g)) {           # CR2: residuals of a cluster times the inverse root of I - H
      i <- which(g == k); H <- X[i, , drop = FALSE] %*% bread %*% t(X[i, , drop = FALSE])
      s <- eigen(diag(length(i)) - H, symmetric = TRUE)
      A <- s$vectors %*% diag(1 / sqrt(s$values), length(i)) %*% t(s$vectors)
      u <- t(X[i, , drop = FALSE]) %*% A %*% e[i]; meat <- meat + u %*% t(u)
    }
    c(coef(m)[2], sqrt((bread %*% meat %*% bread)[2, 2]))
  }
  df <- (if (clusters) length(unique(g)) else n) - 2
  crit <- qt(.975, df)
  beyond <- function(b) { t <- arm_test(y - b * d); abs(t[1] / t[2]) - crit }
  grid <- c(-10^seq(6, -2, length.out = 400), 0, 10^seq(-2, 6, length.out = 400)) + coef(fit)[2]
  inside <- sapply(grid, beyond) <= 0
  turns <- which(diff(inside) != 0)
  roots <- sapply(turns, function(i) uniroot(beyond, grid[i + 0:1], tol = 1e-11)$root)
  edges <- c(if (inside[1]) -Inf, roots, if (inside[length(grid)]) Inf)
  b <- coef(fit)[[2]]
  first <- arm_test(d); itt <- arm_test(y); u <- arm_test(y - b * d)
  # n-arm-corrected (HC2) error of the ratio: that of the adjusted outcome over the first stage.
  case(paste0("compliance_", id), "complier_effect",
       list(csv = paste0("compliance_", id, ".csv"), clustered = clusters),
       list(value = b, se = u[[2]] / first[[1]], assigned_effect = itt[[1]], compliers = first[[1]],
            first_stage_f = (first[[1]] / first[[2]])^2, p = 2 * pt(-abs(itt[[1]] / itt[[2]]), df),
            edges = lapply(unname(edges), num), weak = (first[[1]] / first[[2]])^2 < 10),
       paste(base, version_of("AER", "sandwich"), "ivreg; Anderson-Rubin set by uniroot over the test"),
       list(level = .95), rtol = 1e-7)
}
compliance("two_sided", 240, .6, .15, .5)
compliance("one_sided", 160, .7, 0, .4)
compliance("weak", 120, .12, .3, .5)
compliance("weakest", 80, .02, .5, 0)
compliance("clustered", 160, .65, .1, .5, clusters = TRUE)
flush_to("compliance")

## ---- reliability: psych::alpha, alpha.ci (Feldt), lavaan one-factor ML with omega as a defined parameter
set.seed(12)
reliability <- function(id, n, loads, holes = 0) {
  f <- rnorm(n)
  d <- as.data.frame(sapply(loads, function(l) pmin(7, pmax(1, round(4.5 + l * f + rnorm(n))))))
  names(d) <- paste0("item_", seq_along(loads))
  if (holes) for (i in seq_len(holes)) d[sample(n, 1), sample(length(loads), 1)] <- NA
  table_to(d, paste0("reliability_", id, ".csv"))
  full <- na.omit(d); k <- length(loads)
  a <- psych::alpha(full, warnings = FALSE, check.keys = FALSE)
  raw <- k / (k - 1) * (1 - sum(diag(cov(full))) / sum(cov(full)))
  stopifnot(abs(raw - a$total$raw_alpha) < 1e-10)
  ci <- alpha.ci(a$total$raw_alpha, nrow(full), k)
  l <- paste0("l", 1:k); p <- paste0("p", 1:k); v <- names(full)
  model <- paste0("f =~ NA*", v[1], " + ", paste0(l, "*", v, collapse = " + "), "\nf ~~ 1*f\n",
                  paste0(v, " ~~ ", p, "*", v, collapse = "\n"), "\nomega := (", paste(l, collapse = "+"), ")^2/((",
                  paste(l, collapse = "+"), ")^2+", paste(p, collapse = "+"), ")")
  fit <- cfa(model, full)
  e <- parameterEstimates(fit); om <- e[e$lhs == "omega", ]
  half <- qnorm(.975) * om$se / (om$est * (1 - om$est))
  case(paste0("reliability_", id), "scale_reliability", list(csv = paste0("reliability_", id, ".csv")),
       list(n = nrow(full), alpha = a$total$raw_alpha, alpha_low = unlist(ci)[["lower.ci"]],
            alpha_high = unlist(ci)[["upper.ci"]], average_r = a$total$average_r,
            item_rest = a$item.stats$r.drop, alpha_drop = a$alpha.drop$raw_alpha,
            omega = om$est, omega_low = plogis(qlogis(om$est) - half), omega_high = plogis(qlogis(om$est) + half)),
       paste(base, version_of("psych", "lavaan")), list(level = .95), rtol = 2e-5,
       note = "omega's limits are lavaan's delta error put on the logit; psych and lavaan agree with 1e-8 on the rest")
}
reliability("five_items", 200, c(1, .8, .6, 1.2, .9))
reliability("three_items_holes", 90, c(1, .7, 1.1), holes = 12)
reliability("weak_items", 150, c(.5, .4, .6, .5))
flush_to("reliability")

## ---- factorial: lm on cell means with vcovHC(HC2) and explicit contrasts; Johansen's test by matrices
set.seed(13)
johansen <- function(C, m, v, dfs) {   # Welch-James, written with full matrices (Johansen 1980)
  S <- diag(v); M <- t(C) %*% solve(C %*% S %*% t(C)) %*% C
  T <- drop(t(m) %*% M %*% m); q <- nrow(C); A <- 0
  for (j in seq_along(m)) { Q <- matrix(0, length(m), length(m)); Q[j, j] <- 1
    P <- S %*% M %*% Q; A <- A + (sum(diag(P %*% P)) + sum(diag(P))^2) / dfs[j] / 2 }
  f <- T / (q + 2 * A - 6 * A / (q + 2)); df2 <- q * (q + 2) / (3 * A)
  c(f = f, df2 = df2, p = pf(f, q, df2, lower.tail = FALSE))
}
two_by_two <- function(id, x, n) {   # cells: (a1,b1) (a1,b2) (a2,b1) (a2,b2)
  d <- data.frame(y = unlist(mapply(function(x, n) c(rep(1, x), rep(0, n - x)), x, n, SIMPLIFY = FALSE)),
                  cell = factor(rep(1:4, n)))
  m <- lm(y ~ 0 + cell, d); V <- vcovHC(m, "HC2"); p <- coef(m)
  w <- list(interaction = c(1, -1, -1, 1), main_a = c(1, 1, -1, -1) / 2, main_b = c(1, -1, 1, -1) / 2)
  z <- qnorm(.975); center <- (x + z^2 / 2) / (n + z^2)
  half <- z * sqrt(x * (n - x) / n + z^2 / 4) / (n + z^2); L <- center - half; U <- center + half
  out <- list()
  for (k in names(w)) {
    c <- w[[k]]; est <- sum(c * p); se <- sqrt(drop(t(c) %*% V %*% c))
    out[[k]] <- est; out[[paste0(k, "_se")]] <- se; out[[paste0(k, "_p")]] <- 2 * pnorm(-abs(est / se))
    lo <- pmin(c * L, c * U); hi <- pmax(c * L, c * U)
    out[[paste0(k, "_low")]] <- est - sqrt(sum((c * p - lo)^2))
    out[[paste0(k, "_high")]] <- est + sqrt(sum((hi - c * p)^2))
  }
  g <- glm(cbind(x, n - x) ~ 0 + factor(1:4), family = binomial, control = list(epsilon = 1e-14))
  lo <- drop(c(1, -1, -1, 1) %*% coef(g)); se <- sqrt(drop(t(w$interaction) %*% vcov(g) %*% w$interaction))
  out$log_odds <- lo; out$log_odds_se <- se
  case(paste0("factorial_", id), "factorial_proportions", list(x = x, n = n), out,
       paste(base, version_of("sandwich"), "lm and vcovHC(HC2), glm; limits by recovering Wilson's"),
       list(level = .95, levels = c(2, 2)), rtol = 1e-7, atol = 1e-12)
}
two_by_two("counts", c(45, 50, 30, 48), c(60, 58, 62, 70))
two_by_two("counts_crossed", c(55, 20, 20, 55), c(60, 60, 60, 60))
means_case <- function(id, levels, sizes, spread) {
  cells <- prod(levels); y <- lapply(seq_len(cells), function(i) round(rnorm(sizes[i], 4 + .3 * i %% 3, spread[i]), 1))
  m <- sapply(y, mean); s <- sapply(y, sd); n <- sapply(y, length)
  parts <- lapply(levels, function(k) cbind(diag(k - 1), -1))
  C <- Reduce(kronecker, parts)
  j <- johansen(C, m, s^2 / n, n - 1)
  # Main effect of the first factor's first two levels: equal weights over all others.
  others <- prod(levels[-1]); w <- c(rep(1, others), rep(-1, others), rep(0, cells - 2 * others)) / others
  fit <- lm(unlist(y) ~ 0 + factor(rep(seq_len(cells), n))); V <- vcovHC(fit, "HC2")
  se <- sqrt(drop(t(w) %*% V %*% w)); est <- sum(w * coef(fit))
  df <- se^4 / sum((w^2 * s^2 / n)^2 / (n - 1))
  case(paste0("factorial_", id), "factorial_means", list(mean = m, sd = s, n = n),
       list(interaction_f = j[["f"]], interaction_p = j[["p"]], main = est, main_se = se, main_df = df,
            main_p = 2 * pt(-abs(est / se), df), main_low = est - qt(.975, df) * se, main_high = est + qt(.975, df) * se),
       paste(base, version_of("sandwich"), "lm and vcovHC(HC2); Johansen 1980 by matrices"),
       list(level = .95, levels = levels), rtol = 1e-7)
}
means_case("means_2x2", c(2, 2), c(20, 35, 28, 50), c(1, 1.5, .8, 2))
means_case("means_3x2", c(3, 2), c(20, 15, 28, 40, 12, 33), c(1, 1.5, .8, 2, 1.2, .7))
means_case("means_2x2x3", c(2, 2, 3), rep(c(14, 22, 31), 4), rep(c(1, 1.7, .6, 1.2), 3))
# One factor alone, so that R's own Welch test can judge the Johansen function above.
y <- list(rnorm(20), rnorm(31, .4, 2), rnorm(15, 0, .5)); g <- rep(1:3, lengths(y))
o <- oneway.test(unlist(y) ~ g); j <- johansen(cbind(diag(2), -1), sapply(y, mean), sapply(y, var) / lengths(y), lengths(y) - 1)
stopifnot(abs(o$statistic - j["f"]) < 1e-10, abs(o$p.value - j["p"]) < 1e-10)
flush_to("factorial")

## ---- net promoter: the trinomial likelihood under a supposed difference, maximised numerically
tango <- function(ups, downs, n, level = .95) {
  z2 <- qchisq(level, 1)
  score <- function(delta) {
    lower <- max(0, -delta); upper <- (1 - delta) / 2
    ll <- function(q) { p <- c(q + delta, q, 1 - 2 * q - delta); k <- c(ups, downs, n - ups - downs)
      sum(ifelse(k > 0, k * log(pmax(p, 1e-300)), 0)) }
    q <- optimize(ll, c(lower, upper), maximum = TRUE, tol = 1e-12)$maximum
    (ups - downs - n * delta)^2 / (n * (2 * q + delta * (1 - delta))) - z2
  }
  d <- (ups - downs) / n
  end <- function(to) if (score(to) <= 0) to else uniroot(score, sort(c(d, to)), tol = 1e-11)$root
  c(end(-1 + 1e-9), end(1 - 1e-9))
}
nps <- function(id, a, b) {   # promoters, passives, detractors
  s <- function(k) rep(c(1, 0, -1), k)
  t <- t.test(s(a), s(b)); A <- tango(a[1], a[3], sum(a)); B <- tango(b[1], b[3], sum(b))
  d <- mean(s(a)) - mean(s(b)); pa <- mean(s(a)); pb <- mean(s(b))
  case(paste0("nps_", id), "net_promoter_two_arms", list(a = a, b = b),
       list(value_a = pa, se_a = sd(s(a)) / sqrt(sum(a)), low_a = A[1], high_a = A[2], diff = d,
            low = d - sqrt((pa - A[1])^2 + (B[2] - pb)^2), high = d + sqrt((A[2] - pa)^2 + (pb - B[1])^2),
            t = t$statistic[[1]], df = t$parameter[[1]], p = t$p.value),
       paste(base, "t.test on +1, 0, -1; score interval by optimize and uniroot on the trinomial likelihood"),
       list(level = .95), rtol = 1e-5)
}
nps("plain", c(60, 25, 15), c(40, 30, 30))
nps("small", c(9, 4, 2), c(5, 3, 7))
nps("unequal", c(400, 200, 100), c(20, 10, 15))
flush_to("net_promoter")

## ---- margins: Farrington-Manning with the constrained likelihood maximised numerically; Newcombe; Welch
constrained_z <- function(x1, n1, x2, n2, d) {
  ll <- function(p2) { p1 <- p2 + d
    f <- function(k, p) if (k > 0) k * log(p) else 0
    f(x1, p1) + f(n1 - x1, 1 - p1) + f(x2, p2) + f(n2 - x2, 1 - p2) }
  p2 <- optimize(ll, c(max(0, -d) + 1e-12, min(1, 1 - d) - 1e-12), maximum = TRUE, tol = 1e-13)$maximum
  p1 <- p2 + d; N <- n1 + n2
  (x1 / n1 - x2 / n2 - d) / sqrt((p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * N / (N - 1))
}
wil <- function(x, n, z) (x + z^2 / 2 + c(-1, 1) * z * sqrt(x * (n - x) / n + z^2 / 4)) / (n + z^2)
newc <- function(x1, n1, x2, n2, z) { a <- wil(x1, n1, z); b <- wil(x2, n2, z); d <- x1 / n1 - x2 / n2
  c(d - sqrt((x1 / n1 - a[1])^2 + (b[2] - x2 / n2)^2), d + sqrt((a[2] - x1 / n1)^2 + (x2 / n2 - b[1])^2)) }
margin <- function(id, x1, n1, x2, n2, m) {
  z <- constrained_z(x1, n1, x2, n2, -m)
  bound <- uniroot(function(d) constrained_z(x1, n1, x2, n2, d) - qnorm(.975), c(-.999, x1 / n1 - x2 / n2), tol = 1e-11)$root
  z0 <- uniroot(function(z) newc(x1, n1, x2, n2, z)[1] + m, c(1e-9, 30), tol = 1e-12)$root
  case(paste0("noninferior_", id), "noninferior_proportions", list(x1 = x1, n1 = n1, x2 = x2, n2 = n2),
       list(score_p = pnorm(-z), score_bound = bound, newcombe_p = pnorm(-z0),
            newcombe_bound = newc(x1, n1, x2, n2, qnorm(.975))[1]),
       paste(base, "constrained likelihood by optimize, levels and limits by uniroot"), list(margin = m, alpha = .025),
       rtol = 1e-5)
}
margin("plain", 180, 200, 176, 200, .05)
margin("small", 18, 22, 15, 20, .15)
margin("worse", 70, 90, 75, 90, .1)
set.seed(14)
for (k in 1:2) {
  a <- round(rnorm(30 + 20 * k, 5.8, 1.1), 1); b <- round(rnorm(40, 5.7, .8 * k), 1)
  for (better in c("higher", "lower")) {
    t <- if (better == "higher") t.test(a, b, mu = -.4, alternative = "greater", conf.level = .975)
         else t.test(a, b, mu = .4, alternative = "less", conf.level = .975)
    case(paste0("noninferior_means_", k, "_", better), "noninferior_means",
         list(n1 = length(a), mean1 = mean(a), sd1 = sd(a), n2 = length(b), mean2 = mean(b), sd2 = sd(b)),
         list(p = t$p.value, bound = if (better == "higher") t$conf.int[1] else t$conf.int[2]),
         paste(base, "t.test(mu = margin, one-sided)"), list(margin = .4, alpha = .025, better = better))
  }
}
flush_to("margins")

## ---- double sampling: Hansen-Hurwitz by its textbook formula on unit rows
set.seed(15)
reminder <- function(id, n, answers, drawn, replies) {
  early <- sample(1:7, answers, TRUE, c(1, 1, 2, 3, 5, 6, 4)); late <- sample(1:7, replies, TRUE, c(4, 4, 3, 3, 2, 1, 1))
  silent <- n - answers
  both <- function(late) {
    w <- c(answers, silent) / n; m <- c(mean(early), mean(late)); v <- c(var(early), var(late)) / c(answers, length(late))
    y <- sum(w * m)
    c(y, sqrt(sum((c(answers, silent) - 1) / (n - 1) * w * v) + sum(w * (m - y)^2) / (n - 1)))
  }
  e <- both(late); lo <- both(c(late, rep(1, drawn - replies))); hi <- both(c(late, rep(7, drawn - replies)))
  case(paste0("reminder_", id), "double_sample",
       list(assigned = n, early = as.list(table(early)), reminded = drawn, late = as.list(table(late))),
       list(value = e[1], se = e[2], low_95 = e[1] - qnorm(.975) * e[2], high_95 = e[1] + qnorm(.975) * e[2],
            low = lo[1], high = hi[1], low_se = lo[2], high_se = hi[2],
            unknown = silent / n * (drawn - replies) / drawn),
       paste(base, "Cochran 1977 section 12.2 on unit rows"), list(scale = c(1, 7), level = .95))
}
reminder("plain", 200, 120, 40, 28)
reminder("all_reply", 90, 50, 20, 20)
reminder("few_reply", 150, 60, 45, 9)
flush_to("double_sampling")

## ---- rare events: metafor
rare <- function(id, t) {
  d <- as.data.frame(t); names(d) <- c("ai", "n1i", "ci", "n2i")
  for (m in c("OR", "RR", "RD")) {
    f <- rma.mh(measure = m, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
    case(paste0("rare_", id, "_", m), "mantel_haenszel", list(tables = unname(apply(t, 1, as.list))),
         list(est = as.numeric(f$beta), se = f$se, ci_low = f$ci.lb, ci_high = f$ci.ub, p = f$pval, Q = f$QE, Q_p = f$QEp),
         paste(base, version_of("metafor"), "rma.mh"), list(measure = m))
  }
  f <- rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
  case(paste0("rare_", id, "_peto"), "peto", list(tables = unname(apply(t, 1, as.list))),
       list(est = as.numeric(f$beta), se = f$se, ci_low = f$ci.lb, ci_high = f$ci.ub, p = f$pval, Q = f$QE, Q_p = f$QEp),
       paste(base, version_of("metafor"), "rma.peto"))
}
rare("some_empty", rbind(c(3, 100, 1, 100), c(0, 50, 2, 50), c(5, 200, 2, 210), c(1, 80, 0, 75)))
rare("none_empty", rbind(c(12, 120, 7, 118), c(9, 90, 4, 95), c(20, 300, 11, 290)))
rare("one_without_events", rbind(c(2, 100, 1, 100), c(0, 60, 0, 60), c(4, 150, 2, 150)))
flush_to("rare_events")

## ---- Brant's test: binary logits by glm and the covariance of Brant 1990, written out
brant <- function(y, X) {
  J <- sort(unique(y)); steps <- head(J, -1); k <- ncol(X) - 1
  g <- lapply(steps, function(s) glm.fit(X, as.integer(y > s), family = binomial(), control = list(epsilon = 1e-14, maxit = 100)))
  b <- unlist(lapply(g, function(f) f$coefficients[-1])); p <- lapply(g, function(f) f$fitted.values)
  V <- matrix(0, length(b), length(b))
  for (i in seq_along(steps)) for (j in seq_along(steps)) {
    hi <- max(i, j); w <- p[[hi]] - p[[i]] * p[[j]]
    A <- solve(t(X) %*% (X * (p[[i]] * (1 - p[[i]])))) ; B <- solve(t(X) %*% (X * (p[[j]] * (1 - p[[j]]))))
    V[(i - 1) * k + 1:k, (j - 1) * k + 1:k] <- (A %*% (t(X) %*% (X * w)) %*% B)[-1, -1]
  }
  wald <- function(keep) { D <- NULL
    for (v in keep) for (s in 2:length(steps)) { r <- rep(0, length(b)); r[v] <- 1; r[(s - 1) * k + v] <- -1; D <- rbind(D, r) }
    c(drop(t(D %*% b) %*% solve(D %*% V %*% t(D)) %*% (D %*% b)), nrow(D)) }
  list(arm = wald(1), all = wald(1:k), shifts = b[seq(1, length(b), k)], se = sqrt(diag(V))[seq(1, length(b), k)])
}
set.seed(16)
for (id in c("parallel", "spread", "adjusted")) {
  n <- 240; arm <- rep(1:0, n / 2); wait <- round(rexp(n, .1))
  latent <- 4 + (if (id == "spread") 0 else .6) * arm + .03 * wait * (id == "adjusted") + rlogis(n) * ifelse(id == "spread" & arm == 1, 1.6, 1)
  y <- pmin(5, pmax(1, round(latent / 1.4)))
  table_to(data.frame(y, arm, wait), paste0("brant_", id, ".csv"))
  X <- if (id == "adjusted") cbind(1, arm, wait) else cbind(1, arm)
  r <- brant(y, X)
  case(paste0("brant_", id), "brant", list(csv = paste0("brant_", id, ".csv"), covariate = if (id == "adjusted") "wait"),
       list(arm = r$arm[1], arm_p = pchisq(r$arm[1], r$arm[2], lower.tail = FALSE), overall = r$all[1],
            overall_p = pchisq(r$all[1], r$all[2], lower.tail = FALSE), shifts = unname(r$shifts), se = unname(r$se)),
       paste(base, "glm.fit; covariance of Brant 1990 written out"), rtol = 1e-7)
}
flush_to("brant")

## ---- planning: power.prop.test and power.t.test with the inflation by hand; Boschloo's power by weighing tables
boschloo_power <- function(p1, p2, n1, n2, alpha) {
  g <- expand.grid(x1 = 0:n1, x2 = 0:n2); common <- seq(.0005, .9995, by = .001)
  one_sided <- function(a, b, na, nb) {
    f <- phyper(a - 1, na, nb, a + b, lower.tail = FALSE)
    joint <- sapply(common, function(p) dbinom(a, na, p) * dbinom(b, nb, p))
    sapply(f, function(v) max(colSums(joint[f <= v * (1 + 1e-10), , drop = FALSE])))
  }
  p <- pmin(1, 2 * pmin(one_sided(g$x1, g$x2, n1, n2), one_sided(n1 - g$x1, n2 - g$x2, n1, n2)))
  p[g$x1 + g$x2 == 0 | g$x1 + g$x2 == n1 + n2] <- 1
  sum((dbinom(g$x1, n1, p1) * dbinom(g$x2, n2, p2))[p <= alpha])
}
for (k in list(c(.5, .9, 15, 15), c(.784, .911, 30, 20), c(.3, .6, 25, 25)))
  case(paste0("boschloo_power_", k[3], "_", k[4]), "boschloo_power",
       list(p1 = k[1], p2 = k[2], n1 = k[3], n2 = k[4]),
       list(power = boschloo_power(k[1], k[2], k[3], k[4], .05)), paste(base, "every table weighed, 1,000 common proportions"),
       list(alpha = .05), rtol = 1e-9)
deff <- function(m, icc, cv) 1 + ((cv^2 + 1) * m - 1) * icc
for (k in list(c(.4, .45, .8, 1, 1, 0, 0), c(.784, .911, .9, 1, 3, .1, .6), c(.1, .15, .8, .5, 1, 0, 0))) {
  n <- ceiling(power.prop.test(p1 = k[1], p2 = k[2], power = k[3], sig.level = .04)$n)
  case(paste0("plan_rates_", k[1]), "planned_sample",
       list(p1 = k[1], p2 = k[2], completion = k[4], cluster_size = k[5], icc = k[6], cluster_cv = k[7]),
       list(answers = n, assigned = ceiling(n * deff(k[5], k[6], k[7]) / k[4]),
            power = power.prop.test(n = n, p1 = k[1], p2 = k[2], sig.level = .04, strict = TRUE)$power),
       paste(base, "power.prop.test(strict = TRUE for the power); Eldridge, Ashby & Kerry 2006"),
       list(power = k[3], alpha = .04), rtol = 1e-6)
}
for (k in list(c(1.4, .3, .4, 1, 0, 0), c(1.2, .6, .7, 4, .05, .8))) {
  n <- ceiling(power.t.test(delta = k[2], sd = k[1], power = .8, sig.level = .05)$n)
  case(paste0("plan_means_", k[1]), "planned_sample",
       list(sd = k[1], difference = k[2], completion = k[3], cluster_size = k[4], icc = k[5], cluster_cv = k[6]),
       list(answers = n, assigned = ceiling(n * deff(k[4], k[5], k[6]) / k[3]),
            power = power.t.test(n = n, delta = k[2], sd = k[1], sig.level = .05, strict = TRUE)$power),
       paste(base, "power.t.test; Eldridge, Ashby & Kerry 2006"), list(power = .8, alpha = .05), rtol = 1e-6)
}
flush_to("planning")
