resource "aws_sqs_queue" "tasks_dead" {
  name                      = "${var.name}-tasks-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "tasks" {
  name                       = "${var.name}-tasks"
  visibility_timeout_seconds = 6 * var.timeout_s
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.tasks_dead.arn
    maxReceiveCount     = 3
  })
}

resource "aws_cloudwatch_log_group" "transcode" {
  name              = "/marquee/${var.name}/transcode"
  retention_in_days = 30
}

# One task a message: a chunk, the audio, the package. The handler stops itself before the deadline and hands the task back.
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
