from sites.views import site_list

programme_list = programme_detail = priority_detail = site_list
