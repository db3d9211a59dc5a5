resource "aws_iam_role" "transcode" {
  name = "${var.name}-transcode"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "transcode" {
  name = "transcode"
  role = aws_iam_role.transcode.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Subtitle files beside a master are found by looking.
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [var.bucket_arn]
        Condition = { StringLike = { "s3:prefix" = ["masters/*"] } }
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${var.bucket_arn}/masters/*", "${var.bucket_arn}/work/*", "${var.bucket_arn}/assets/*", "${var.bucket_arn}/artwork/*"]
      },
      {
        # Without it, S3 answers "forbidden" instead of "not found": every task first looks whether its output is there.
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [var.bucket_arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${var.bucket_arn}/work/*", "${var.bucket_arn}/assets/*", "${var.bucket_arn}/artwork/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
        Resource = [aws_sqs_queue.tasks.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.transcode.arn}:*"]
      },
      {
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [var.secrets_arn]
      },
    ]
  })
}
