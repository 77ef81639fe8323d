# Recomputes the figures of expected.csv from units.csv in base R and compares them.
#
#   Rscript analysis.R        in this folder; no package is needed
#
# It writes r_output.csv, says how many figures agree, and fails when one does not. Closed forms must
# agree to 1e-6 of their size; exact unconditional tests, which are found by a search, to 2e-4.

units <- read.csv("units.csv", check.names = FALSE, na.strings = "", encoding = "UTF-8")
expected <- read.csv("expected.csv", na.strings = "", encoding = "UTF-8", stringsAsFactors = FALSE)

wilson <- function(x, n, confidence) {
  z <- qnorm(1 - (1 - confidence) / 2)
  p <- x / n
  middle <- (p + z^2 / (2 * n)) / (1 + z^2 / n)
  half <- z / (1 + z^2 / n) * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))
  c(max(0, middle - half), min(1, middle + half))
}

newcombe <- function(x1, n1, x2, n2, confidence) {
  first <- wilson(x1, n1, confidence)
  second <- wilson(x2, n2, confidence)
  p1 <- x1 / n1
  p2 <- x2 / n2
  c(
    p1 - p2 - sqrt((p1 - first[1])^2 + (second[2] - p2)^2),
    p1 - p2 + sqrt((first[2] - p1)^2 + (p2 - second[1])^2)
  )
}

pooled_z <- function(x1, n1, x2, n2) {
  p <- (x1 + x2) / (n1 + n2)
  z <- (x1 / n1 - x2 / n2) / sqrt(p * (1 - p) * (1 / n1 + 1 / n2))
  2 * pnorm(-abs(z))
}

# Boschloo: tables ordered by the one-sided Fisher p, the worst chance of as extreme a table over the common
# rate; two-sided by doubling the smaller side.
boschloo_side <- function(x1, n1, x2, n2, upper) {
  first <- matrix(0:n1, n1 + 1, n2 + 1)
  second <- matrix(0:n2, n1 + 1, n2 + 1, byrow = TRUE)
  fisher <- if (upper) {
    phyper(first - 1, n1, n2, first + second, lower.tail = FALSE)
  } else {
    phyper(first, n1, n2, first + second)
  }
  extreme <- fisher <= fisher[x1 + 1, x2 + 1] * (1 + 1e-9)
  chance <- function(p) sum((dbinom(0:n1, n1, p) %o% dbinom(0:n2, n2, p))[extreme])
  grid <- seq(0.0005, 0.9995, length.out = 1000)
  found <- vapply(grid, chance, 0)
  near <- grid[which.max(found)]
  best <- optimize(chance, c(max(0, near - 0.001), min(1, near + 0.001)), maximum = TRUE, tol = 1e-10)
  max(found, best$objective)
}

boschloo <- function(x1, n1, x2, n2) {
  min(1, 2 * min(boschloo_side(x1, n1, x2, n2, TRUE), boschloo_side(x1, n1, x2, n2, FALSE)))
}

of_proportions <- function(row, a, b) {
  counts <- list(sum(a), length(a), sum(b), length(b))
  p <- switch(row$test,
    "pooled z" = do.call(pooled_z, counts),
    "Boschloo exact" = do.call(boschloo, counts),
    "Fisher exact" = fisher.test(matrix(c(sum(a), sum(!a), sum(b), sum(!b)), 2))$p.value,
    NA
  )
  limits <- if (row$interval == "Newcombe") do.call(newcombe, c(counts, row$confidence)) else c(NA, NA)
  c(effect = mean(a) - mean(b), low = limits[1], high = limits[2], p_value = p)
}

of_means <- function(row, a, b) {
  if (row$test != "Welch t") {
    return(c(effect = NA, low = NA, high = NA, p_value = NA))
  }
  # One answer, or answers that are all alike, have no test, here as in the report.
  none <- list(conf.int = c(NA, NA), p.value = NA)
  found <- tryCatch(t.test(a, b, conf.level = row$confidence), error = function(why) none)
  c(effect = mean(a) - mean(b), low = found$conf.int[1], high = found$conf.int[2], p_value = found$p.value)
}

# What was known before, as numbers: words become columns of 0 and 1, the first in order left out.
known_before <- function(mine) {
  columns <- list()
  for (name in grep("^covariate[.]", names(mine), value = TRUE)) {
    given <- mine[[name]]
    if (length(unique(given)) < 2) next
    if (is.character(given)) {
      for (level in sort(unique(given), method = "radix")[-1]) columns[[paste0(name, level)]] <- given == level
    } else {
      columns[[name]] <- given
    }
  }
  matrix(as.numeric(unlist(columns)), nrow = nrow(mine))
}

# Lin 2013: arm, covariates centred over both arms, and their products, with HC2 or HC3 errors.
of_adjusted_means <- function(row, mine) {
  mine <- mine[mine$arm %in% c(row$arm, row$versus) & !is.na(mine[[paste0("metric.", row$metric)]]), ]
  y <- mine[[paste0("metric.", row$metric)]]
  first <- as.numeric(mine$arm == row$arm)
  centred <- scale(known_before(mine), scale = FALSE)
  x <- cbind(1, first, centred, first * centred)
  bread <- solve(crossprod(x))
  coefficients <- drop(bread %*% crossprod(x, y))
  leverage <- rowSums((x %*% bread) * x)
  left <- drop(y - x %*% coefficients) / (1 - leverage)^(if (row$test == "Lin HC3") 1 else 0.5)
  error <- sqrt((bread %*% crossprod(x * left) %*% bread)[2, 2])
  df <- nrow(x) - ncol(x)
  by_t(coefficients[[2]], error, df, row$confidence)
}

by_t <- function(effect, error, df, confidence) {
  half <- qt(1 - (1 - confidence) / 2, df) * error
  c(effect = effect, low = effect - half, high = effect + half, p_value = 2 * pt(-abs(effect / error), df))
}

# One arm of whole clusters: sums of distances from its mean, with what CR2 and its degrees of freedom need.
arm_of_clusters <- function(values, clusters) {
  n <- length(values)
  sizes <- as.numeric(table(clusters))
  sums <- as.numeric(tapply(values - mean(values), as.character(clusters), sum)[names(table(clusters))])
  spread <- sizes / (n^2 * (1 - sizes / n))
  weight <- sizes / (n * sqrt(1 - sizes / n))
  list(
    mean = mean(values), n = n, groups = length(sizes),
    cr0 = sum(sums^2) / n^2,
    cr2 = sum(sums^2 / (1 - sizes / n)) / n^2,
    trace = sum(spread - weight^2 / n),
    squares = sum(spread^2) - 2 * sum(spread * weight^2) / n + (sum(weight^2) / n)^2
  )
}

# Every choice of as many clusters as came to the first arm, within their blocks: the share of them with a
# difference at least as far from 0. Fewer than 15 clusters have at most 3,432 choices, so none is drawn.
replayed <- function(values, first, clusters, blocks) {
  values <- values - mean(values)
  groups <- match(clusters, unique(clusters))
  one <- match(unique(clusters), clusters)
  own <- list(sums = as.numeric(tapply(values, groups, sum)), counts = as.numeric(table(groups)))
  sums <- 0
  counts <- 0
  for (block in split(seq_along(one), as.character(blocks[one]))) {
    taken <- combn(length(block), sum(first[one[block]]))
    of <- function(name) colSums(matrix(own[[name]][block][taken], nrow(taken)))
    sums <- as.numeric(outer(sums, of("sums"), "+"))
    counts <- as.numeric(outer(counts, of("counts"), "+"))
  }
  difference <- sums / counts - (sum(values) - sums) / (length(values) - counts)
  seen <- abs(mean(values[first]) - mean(values[!first]))
  mean(abs(difference) >= seen - 1e-10 * max(abs(difference)))
}

of_clusters <- function(row, mine) {
  mine <- mine[!is.na(mine[[paste0("metric.", row$metric)]]), ]
  parts <- lapply(c(row$arm, row$versus), function(arm) {
    here <- mine[mine$arm == arm, ]
    list(values = here[[paste0("metric.", row$metric)]], clusters = here$cluster)
  })
  arms <- lapply(parts, function(part) arm_of_clusters(part$values, part$clusters))
  total <- function(name) arms[[1]][[name]] + arms[[2]][[name]]
  effect <- arms[[1]]$mean - arms[[2]]$mean
  if (row$test == "CR1") {
    groups <- total("groups")
    n <- total("n")
    found <- by_t(
      effect, sqrt(total("cr0") * groups / (groups - 1) * (n - 1) / (n - 2)), groups - 1, row$confidence
    )
  } else if (row$test == "CR2") {
    found <- by_t(effect, sqrt(total("cr2")), total("trace")^2 / total("squares"), row$confidence)
  } else {
    means <- lapply(parts, function(part) as.numeric(tapply(part$values, part$clusters, mean)))
    limits <- tryCatch(
      t.test(means[[1]], means[[2]], conf.level = row$confidence)$conf.int,
      error = function(why) c(NA, NA) # clusters that are all alike have no interval, here as in the report
    )
    mine <- mine[mine$arm %in% c(row$arm, row$versus), ]
    blocks <- if ("block" %in% names(mine)) mine$block else rep(1, nrow(mine))
    p <- replayed(mine[[paste0("metric.", row$metric)]], mine$arm == row$arm, mine$cluster, blocks)
    found <- c(effect = effect, low = limits[1], high = limits[2], p_value = p)
  }
  if (row$kind == "proportion") found[c("low", "high")] <- pmax(-1, pmin(1, found[c("low", "high")]))
  found
}

recompute <- function(row) {
  mine <- if (row$rows == "all") units else units[units$in_decision == 1, ]
  if (row$test %in% c("CR1", "CR2", "randomisation of clusters")) return(of_clusters(row, mine))
  if (row$test %in% c("Lin HC2", "Lin HC3")) return(of_adjusted_means(row, mine))
  values <- function(arm) {
    found <- mine[[paste0("metric.", row$metric)]][mine$arm == arm]
    found[!is.na(found)]
  }
  a <- values(row$arm)
  b <- values(row$versus)
  if (row$kind == "proportion") of_proportions(row, a, b) else of_means(row, a, b)
}

figures <- c("effect", "low", "high", "p_value")
found <- t(vapply(seq_len(nrow(expected)), function(place) {
  row <- expected[place, ]
  if (is.na(row$effect)) rep(NA_real_, 4) else suppressWarnings(recompute(row))
}, numeric(4)))
colnames(found) <- figures
output <- cbind(expected[c("rows", "role", "metric", "arm", "versus", "test", "adjustment")], as.data.frame(found))

# Holm within one role's family, untestable members counted. Where some contrasts were declared to come
# first, they are tested first, and no other contrast's p is below the largest of theirs.
adjusted <- function(p, first) {
  holm <- function(p) p.adjust(p, "holm", n = length(p))
  if (all(first) || !any(first)) return(holm(p))
  p[first] <- holm(p[first])
  p[!first] <- pmax(holm(p[!first]), max(ifelse(is.na(p[first]), 1, p[first])))
  p
}

output$p_adjusted <- output$p_value
for (family in split(seq_len(nrow(output)), paste(output$rows, output$role))) {
  unmade <- is.na(output$p_value[family]) & !is.na(expected$p_adjusted[family])
  output$p_adjusted[family] <- if (any(unmade)) {
    NA
  } else {
    adjusted(output$p_value[family], expected$first[family] == 1)
  }
}
write.csv(output, "r_output.csv", row.names = FALSE, na = "")

compared <- 0
differing <- 0
left <- 0
for (name in c(figures, "p_adjusted")) {
  ours <- expected[[name]]
  theirs <- output[[name]]
  for (place in which(!is.na(ours))) {
    if (is.na(theirs[place])) {
      left <- left + 1
      next
    }
    exact <- expected$test[place] == "Boschloo exact" && name %in% c("p_value", "p_adjusted")
    slack <- if (exact) 2e-4 else 1e-6 * abs(ours[place]) + 1e-9
    compared <- compared + 1
    if (abs(ours[place] - theirs[place]) > slack) {
      differing <- differing + 1
      cat(sprintf(
        "differs: %s, %s - %s, %s: %.10g here, %.10g in R\n",
        expected$metric[place], expected$arm[place], expected$versus[place], name, ours[place], theirs[place]
      ))
    }
  }
}
cat(sprintf("R agrees with %d of %d figures", compared - differing, compared))
if (left > 0) cat(sprintf("; %d are made by methods that this script does not recompute", left))
cat(".\n")
if (differing > 0) quit(status = 1)
if (compared == 0) quit(status = 3) # neither agreement nor disagreement
