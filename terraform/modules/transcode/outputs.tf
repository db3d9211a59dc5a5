output "queue_url" {
  description = "Where origin sends tasks"
  value       = aws_sqs_queue.tasks.url
}

output "dead_letter_queue_arn" {
  description = "Tasks that failed three times"
  value       = aws_sqs_queue.tasks_dead.arn
}
