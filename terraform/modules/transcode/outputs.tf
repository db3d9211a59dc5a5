output "queue_url" {
  description = "Origin's TASK_QUEUE_URL: where it announces tasks"
  value       = aws_sqs_queue.tasks.url
}

output "announce_policy" {
  description = "What origin's role needs to announce tasks, as a policy document"
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = [aws_sqs_queue.tasks.arn]
    }]
  })
}

output "dead_letter_queue_arn" {
  description = "Announcements that nobody could begin ten times, such as while origin was down; an alarm belongs here"
  value       = aws_sqs_queue.tasks_dead.arn
}
