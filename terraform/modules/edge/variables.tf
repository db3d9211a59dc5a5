variable "name" {
  description = "Prefix of every name"
  type        = string
}

variable "image_uri" {
  description = "Image of Spin 4.1 with the application, by digest"
  type        = string
}

variable "vpc_id" {
  description = "VPC of the target group"
  type        = string
}

variable "region" {
  description = "Region of the log group"
  type        = string
}

variable "cluster_arn" {
  description = "ECS cluster"
  type        = string
}

variable "execution_role_arn" {
  description = "Role that pulls the image and reads the secret"
  type        = string
}

variable "private_subnets" {
  description = "Subnets of the tasks"
  type        = list(string)
}

variable "security_groups" {
  description = "Security groups of the tasks: reachable from the load balancer only"
  type        = list(string)
}

variable "public_origin" {
  description = "The viewers' address, https"
  type        = string
}

variable "origin_url" {
  description = "Origin's private address"
  type        = string
}

variable "valkey_url" {
  description = "rediss:// with the port"
  type        = string
}

variable "objects_url" {
  description = "https address of the media bucket"
  type        = string
}

variable "secrets_arn" {
  description = "ARN of the secret with the edge's keys"
  type        = string
}

variable "tasks" {
  description = "Tasks at least; 2 survive the loss of a zone"
  type        = number
  default     = 2
}
