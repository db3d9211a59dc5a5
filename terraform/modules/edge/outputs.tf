output "target_group_arn" {
  description = "For the load balancer's listener"
  value       = aws_lb_target_group.edge.arn
}
