variable "bucket_name" {
  description = "Name of the media bucket, unique in all of AWS"
  type        = string
}

variable "work_days" {
  description = "Days until a job's intermediate files expire"
  type        = number
  default     = 14
}
