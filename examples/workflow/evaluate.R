# Area under the ROC curve and the confusion table, in base R.
scored <- maml.mapInputPort(1)
left <- scored[["left"]] == "yes"
probability <- scored[["Scored Probabilities"]]

ranks <- rank(probability)
auc <- (sum(ranks[left]) - sum(left) * (sum(left) + 1) / 2) / (sum(left) * sum(!left))

cutoffs <- sort(unique(probability), decreasing = TRUE)
plot(c(0, sapply(cutoffs, function(cutoff) mean(probability[!left] >= cutoff))),
     c(0, sapply(cutoffs, function(cutoff) mean(probability[left] >= cutoff))),
     type = "s", xlab = "false alarms", ylab = "found", main = sprintf("ROC, area %.3f", auc))
abline(0, 1, lty = 2)

predicted <- probability >= 0.5
evaluation <- data.frame(
  rows = length(left),
  auc = auc,
  accuracy = mean(predicted == left),
  found = sum(predicted & left),
  missed = sum(!predicted & left),
  false_alarms = sum(predicted & !left)
)
maml.mapOutputPort("evaluation")
