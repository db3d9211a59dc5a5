resource "aws_sqs_queue" "tasks_dead" {
  name                      = "${var.name}-tasks-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

# A message names a task, it isn't one: origin decides who gets it, how often it is tried and when it is announced again. So a
# message that nobody could begin (origin was down) may come back late, and one that is lost or dead costs minutes, not a task.
resource "aws_sqs_queue" "tasks" {
  name                       = "${var.name}-tasks"
  visibility_timeout_seconds = var.timeout_s + 60
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.tasks_dead.arn
    maxReceiveCount     = 10
  })
}

resource "aws_cloudwatch_log_group" "transcode" {
  name              = "/marquee/${var.name}/transcode"
  retention_in_days = 30
}

# One task a message: a chunk, the audio, the package. The handler stops itself before the deadline and hands the task back to origin.
# Its keys are in the secret: it reads them with its own role when an instance starts, so a new secret needs new instances.
resource "aws_lambda_function" "transcode" {
  function_name = "${var.name}-transcode"
  package_type  = "Image"
  image_uri     = var.image_uri
  role          = aws_iam_role.transcode.arn
  architectures = ["x86_64"]
  memory_size   = 10240
  timeout       = var.timeout_s
  ephemeral_storage {
    size = 10240
  }
  environment {
    variables = {
      OBJECTS_URL      = "s3://${var.bucket_id}"
      ORIGIN_URL       = var.origin_url
      SECRETS_ARN      = var.secrets_arn
      TRANSCODE_PRESET = var.preset
    }
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.transcode.name
  }
}

resource "aws_lambda_event_source_mapping" "transcode" {
  event_source_arn        = aws_sqs_queue.tasks.arn
  function_name           = aws_lambda_function.transcode.arn
  batch_size              = 1
  function_response_types = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = var.concurrency
  }
}
