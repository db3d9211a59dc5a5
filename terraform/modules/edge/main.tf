# Our image of Spin 4.1 with the eight functions. SIGTERM drops what is in flight, so the target is drained first.
resource "aws_lb_target_group" "edge" {
  name                 = "${var.name}-edge"
  port                 = 3000
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  deregistration_delay = 30
  health_check {
    path     = "/healthz"
    interval = 10
  }
}

resource "aws_cloudwatch_log_group" "edge" {
  name              = "/marquee/${var.name}/edge"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "edge" {
  family                   = "${var.name}-edge"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = var.execution_role_arn
  container_definitions = jsonencode([{
    name         = "spin"
    image        = var.image_uri
    essential    = true
    portMappings = [{ containerPort = 3000, protocol = "tcp" }]
    environment = [
      { name = "SPIN_VARIABLE_PUBLIC_ORIGIN", value = var.public_origin },
      { name = "SPIN_VARIABLE_ORIGIN_URL", value = var.origin_url },
      { name = "SPIN_VARIABLE_VALKEY_URL", value = var.valkey_url },
      { name = "SPIN_VARIABLE_OBJECTS_URL", value = var.objects_url },
    ]
    secrets = [for name in ["SERVICE_KEYS", "PLAYBACK_KEYS", "CONTENT_KEY_SEEDS", "KID_SEED", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] : {
      name      = "SPIN_VARIABLE_${name}"
      valueFrom = "${var.secrets_arn}:${name}::"
    }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.edge.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = "edge"
      }
    }
  }])
}

resource "aws_ecs_service" "edge" {
  name                              = "${var.name}-edge"
  cluster                           = var.cluster_arn
  task_definition                   = aws_ecs_task_definition.edge.arn
  desired_count                     = var.tasks
  launch_type                       = "FARGATE"
  health_check_grace_period_seconds = 10
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.edge.arn
    container_name   = "spin"
    container_port   = 3000
  }
  network_configuration {
    subnets         = var.private_subnets
    security_groups = var.security_groups
  }
}
