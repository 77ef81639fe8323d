# Reference values for arms of whole clusters: crossed factors, all pairs, ordered answers, joint interaction.
# Data are simulated here with the seed below: of no person and no study.
# Run from this folder:  Rscript clustered_arms.R   (writes ../clustered_arms.json and ../clustered_arms.csv)
suppressMessages({library(MASS); library(sandwich); library(jsonlite)})
base <- paste("R", paste(R.version$major, R.version$minor, sep = "."))
cases <- list()
case <- function(id, method, inputs, expected, source, params = setNames(list(), character(0)), rtol = 1e-8)
  cases[[length(cases) + 1]] <<- list(id = paste0("simulated/", id), method = method,
    inputs = c(list(csv = "clustered_arms.csv"), inputs), params = params, expected = expected, rtol = rtol,
    source = source)

set.seed(2026)
g <- 64; sizes <- rep(c(1, 2, 3, 4, 6, 9, 4, 3), 8)
cluster <- rep(seq_len(g), sizes); n <- length(cluster)
arm <- c("a", "b", "c", "d")[(cluster - 1) %% 4 + 1]
level <- sample(c("x", "y", "z"), n, TRUE)
latent <- .8 * rnorm(g)[cluster] + rnorm(n) + .5 * (arm == "a") - .4 * (arm == "d")
y <- as.integer(cut(latent, c(-Inf, -1.6, -.9, -.3, .4, 1, 1.7, Inf)))
d <- data.frame(y, arm, cluster, level)
write.csv(d, "../clustered_arms.csv", row.names = FALSE, quote = FALSE)

root <- function(A, p) { s <- eigen(A, symmetric = TRUE)
  s$vectors %*% (ifelse(s$values > 1e-10, s$values^p, 0) * t(s$vectors)) }
# CR2 covariance by its definition, with every cluster's block of I - H (Bell & McCaffrey 2002).
cr2 <- function(X, y, cl) { M <- solve(crossprod(X)); e <- y - X %*% M %*% t(X) %*% y
  V <- 0; for (k in unique(cl)) { i <- cl == k; Xi <- X[i, , drop = FALSE]
    s <- t(Xi) %*% root(diag(sum(i)) - Xi %*% M %*% t(Xi), -.5) %*% e[i]; V <- V + M %*% s %*% t(s) %*% M }
  list(beta = as.vector(M %*% t(X) %*% y), V = V) }
names4 <- c("a", "b", "c", "d")
arms <- sapply(names4, function(k) as.numeric(arm == k)); fit <- cr2(arms, y, cluster)
worth <- sapply(names4, function(k) { m <- as.vector(table(cluster[arm == k])); sum(m^2)^2 / sum(m^4) - 1 })
effect <- function(w) { v <- w^2 * diag(fit$V); df <- sum(v)^2 / sum(v^2 / worth); b <- sum(w * fit$beta)
  list(value = b, se = sqrt(sum(v)), df = df, p = 2 * pt(-abs(b) / sqrt(sum(v)), df),
       low = b - qt(.975, df) * sqrt(sum(v)), high = b + qt(.975, df) * sqrt(sum(v))) }
with_name <- function(name, e) setNames(e, paste0(name, "_", names(e)))
by <- paste0(base, ", full matrices")
case("clustered_factorial", "clustered_factorial", list(), c(
  with_name("interaction", effect(c(1, -1, -1, 1))), with_name("main_m", effect(c(1, -1, 1, -1) / 2)),
  with_name("simple", effect(c(1, -1, 0, 0)))), by)

pairs <- combn(4, 2)
found <- unlist(lapply(seq_len(ncol(pairs)), function(j) { w <- rep(0, 4); w[pairs[2, j]] <- 1
  w[pairs[1, j]] <- -1; e <- effect(w); h <- qtukey(.95, 4, e$df) * e$se / sqrt(2)
  list(difference = e$value, df = e$df, p = ptukey(sqrt(2) * abs(e$value) / e$se, 4, e$df, lower.tail = FALSE),
       low = e$value - h, high = e$value + h) }), recursive = FALSE)
columns <- lapply(split(unname(found), names(found)), function(x) unname(unlist(x)))
case("clustered_pairs", "clustered_pairs", list(names = names4), columns,
     paste0(by, "; ptukey, qtukey"), rtol = 1e-6)

two <- arm %in% c("a", "d"); ya <- y[arm == "a"]; yd <- y[arm == "d"]
above <- outer(ya, yd, function(s, t) (s > t) + (s == t) / 2)
part <- function(place, cl) { cl <- as.integer(factor(cl)); m <- tabulate(cl); N <- length(place)
  s <- as.vector(rowsum(place - mean(place), cl)); list(v = sum(s^2 / (1 - m / N)) / N^2,
  df = sum(m^2)^2 / sum(m^4) - 1) }
pa <- part(rowMeans(above), cluster[arm == "a"]); pd <- part(1 - colMeans(above), cluster[arm == "d"])
se <- sqrt(pa$v + pd$v); df <- se^4 / (pa$v^2 / pa$df + pd$v^2 / pd$df); p <- mean(above)
case("clustered_ranks", "clustered_ranks", list(first = "a", second = "d"),
     list(probability = p, statistic = (p - .5) / se, df = df, p = 2 * pt(-abs(p - .5) / se, df),
          low = p - qt(.975, df) * se, high = p + qt(.975, df) * se), paste0(base, ", all pairs of answers"))

first <- d; first$t <- as.numeric(arm %in% c("a", "b"))
m <- polr(factor(y) ~ t, first, Hess = TRUE, control = list(reltol = 1e-15, maxit = 5000))
se <- sqrt(vcovCL(m, cluster = first$cluster, type = "HC0", cadjust = TRUE)[1, 1]); b <- coef(m)[[1]]
case("clustered_ordinal", "clustered_ordinal", list(first = c("a", "b")),
     list(log_odds = b, se = se, p = 2 * pt(-abs(b) / se, g - 1), low = b - qt(.975, g - 1) * se,
          high = b + qt(.975, g - 1) * se),
     paste0(base, ", MASS ", packageVersion("MASS"), " polr, sandwich ", packageVersion("sandwich"), " vcovCL"),
     rtol = 1e-5)

# The approximate Hotelling test by its definition (Pustejovsky & Tipton 2018), on the first 32 clusters.
k <- cluster <= 32; cl <- cluster[k]; t <- as.numeric(arm[k] %in% c("a", "b")); yk <- y[k]; N <- sum(k)
X <- cbind(1, t * (level[k] == "y"), t * (level[k] == "z"), t, level[k] == "y", level[k] == "z")
C <- rbind(c(0, 1, 0, 0, 0, 0), c(0, 0, 1, 0, 0, 0)); M <- solve(crossprod(X)); IH <- diag(N) - X %*% M %*% t(X)
f2 <- cr2(X, yk, cl); W <- as.numeric(t(C %*% f2$beta) %*% solve(C %*% f2$V %*% t(C)) %*% (C %*% f2$beta))
G <- root(C %*% M %*% t(C), -.5); q <- 2
P <- lapply(1:q, function(s) sapply(unique(cl), function(h) { i <- cl == h; Xi <- X[i, , drop = FALSE]
  as.vector(IH[, i, drop = FALSE] %*% root(IH[i, i, drop = FALSE], -.5) %*% Xi %*% M %*% t(C) %*% G[, s]) }))
total <- 0
for (s in 1:q) for (u in 1:q) { cross <- crossprod(P[[s]], P[[u]])
  total <- total + sum(crossprod(P[[s]]) * crossprod(P[[u]])) + sum(cross * t(cross)) }
eta <- q * (q + 1) / total; F <- (eta - q + 1) / (eta * q) * W
case("clustered_hotelling", "clustered_hotelling", list(first = c("a", "b"), clusters = 32),
     list(f = F, df_within = eta - q + 1, p = pf(F, q, eta - q + 1, lower.tail = FALSE)), by)

writeLines(toJSON(cases, auto_unbox = TRUE, digits = 15, pretty = TRUE), "../clustered_arms.json")
